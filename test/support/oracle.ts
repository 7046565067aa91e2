import type { Event } from '../../src/core/events.ts'
import { callMetrics } from './oracle/call-metrics.ts'
import { findCall } from './oracle/calls.ts'
import type { OracleConfig } from './oracle/config.ts'
import { findConversation } from './oracle/conversations.ts'
import { type Findings, joinFindings, type Scope } from './oracle/facts.ts'
import type { MetricRow } from './oracle/metric-rows.ts'
import { instantOf, isCurrent, nothing, type OracleValue } from './oracle/metric-values.ts'
import { surveyMetrics } from './oracle/survey-metrics.ts'
import { findSurveys } from './oracle/surveys.ts'
import { ticketMetrics } from './oracle/ticket-metrics.ts'
import { findTicket } from './oracle/tickets.ts'
import { dimsAfter, gatherSubjects, livesOf, type OracleSubject, withAgent } from './oracle/timeline.ts'

import { type OracleWindow, sortFindings, type View, viewWindow } from './oracle/window-view.ts'
import { oracleWindow } from './oracle/windows.ts'

export type OracleSnapshot = {
  readonly window: OracleWindow
  readonly metrics: Readonly<Record<string, OracleValue>>
  /** At most ten each, oldest first; empty but in the windows `now` and `total`. */
  readonly worst: Readonly<Record<string, readonly { readonly id: string; readonly sinceAt: string }[]>>
}

export type SnapshotRequest = {
  readonly tenantId: string
  readonly scope: Scope
  /** An id, its bounds then being computed, or the bounds themselves. */
  readonly window: string | OracleWindow
  readonly asOfMs: number
  /** Only these; all where absent. */
  readonly metrics?: readonly string[]
}

export type Oracle = { readonly snapshot: (request: SnapshotRequest) => OracleSnapshot }

/**
 * The naive recomputation of law 2: every accepted event, in any order and however often, read whole and told from
 * the beginning. Choices where the pages are silent stand in oracle/choices.md.
 */
export const createOracle = (events: readonly Event[], config: OracleConfig): Oracle => {
  const byTenant = new Map<string, Findings[]>()
  for (const subject of gatherSubjects(events)) {
    const found = byTenant.get(subject.tenantId) ?? []
    found.push(findSubject(subject, config))
    byTenant.set(subject.tenantId, found)
  }
  const findings = new Map(
    [...byTenant].map(([tenantId, found]) => [tenantId, sortFindings(joinFindings(found))]),
  )
  return {
    snapshot: ({ tenantId, scope, window, asOfMs, metrics }) => {
      const bounds = typeof window === 'string' ? oracleWindow(window, asOfMs, config) : window
      const known = findings.get(tenantId) ?? sortFindings({ facts: [], spans: [] })
      return readSnapshot(viewWindow(known, { config, scope, window: bounds, asOfMs }), metrics)
    },
  }
}

const findSubject = (subject: OracleSubject, config: OracleConfig): Findings => {
  const { id, events } = subject
  switch (subject.kind) {
    case 'call':
      return findCall(id, events, config)
    case 'ticket':
      return findTicket(id, events, config)
    case 'conversation':
      return joinFindings(
        openLives(events, config.endedTicketExpiryMs, config).map((life) => findConversation(life, config)),
      )
    case 'survey':
      return joinFindings(
        openLives(events, config.openSubjectExpiryMs, config).map((life) => ({
          facts: findRelationshipSurvey(life, config),
          spans: [],
        })),
      )
    case 'other':
      return { facts: [], spans: [] }
  }
}

/** Of what never ends: it expires by silence alone. */
const openLives = (events: readonly Event[], emptyMs: number, { openSubjectExpiryMs }: OracleConfig) =>
  livesOf(events, {
    expiresAt: (joined) => (joined.at(-1) as Event).occurredAt + openSubjectExpiryMs,
    emptyMs,
  })

const findRelationshipSurvey = (events: readonly Event[], config: OracleConfig) => {
  const dimsOf = (event: Event) => {
    const soFar = events.slice(0, events.indexOf(event) + 1)
    return withAgent(
      soFar.reduce((dims, earlier) => dimsAfter(dims, earlier), {}),
      event.agentId,
    )
  }
  return findSurveys(events, dimsOf, config)
}

const readSnapshot = (view: View, wanted: readonly string[] | undefined): OracleSnapshot => {
  const { config, window } = view
  const rows = [...callMetrics([config.serviceLevel, ...config.policies]), ...ticketMetrics, ...surveyMetrics]
  return {
    window,
    metrics: Object.fromEntries(
      rows
        .filter(({ id }) => wanted === undefined || wanted.includes(id))
        .map((row) => [row.id, readMetric(row, view)]),
    ),
    worst: {
      waiting: worstOf(view, 'waiting'),
      callbacks: worstOf(view, 'callbacks'),
      openTickets: worstOf(view, 'open'),
      unanswered: worstOf(view, 'unanswered'),
      atRisk: worstOf(view, 'atRisk'),
      overdue: worstOf(view, 'overdue'),
    },
  }
}

const readMetric = (row: MetricRow, view: View): OracleValue => {
  const { scope, window, config, asOfMs } = view
  const isForeign = scope.agentId !== undefined && row.byAgent !== true
  const value = row.compute(view)
  if (value.reason === 'not-configured') return value
  if (isForeign || (row.over === 'flow' && window.kind === 'now')) return nothing(row.unit, 'not-applicable')
  const settlesAfterMs = config.settlesAfterMs[row.id]
  const isOpen = settlesAfterMs !== undefined && asOfMs < window.endMs + settlesAfterMs
  return isOpen && value.value !== null ? { ...value, provisional: true } : value
}

const worstOf = (view: View, gauge: string) => {
  if (!isCurrent(view)) return []
  return view
    .level(gauge)
    .toSorted((a, b) => a.sinceAt - b.sinceAt || (a.id < b.id ? -1 : 1))
    .slice(0, 10)
    .map(({ id, sinceAt }) => ({ id, sinceAt: instantOf(sinceAt) }))
}
