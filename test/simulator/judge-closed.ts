import { scopeKeyOf } from '../../src/core/scopes.ts'
import { findDifferences } from '../support/oracle/compare.ts'
import type { OracleConfig } from '../support/oracle/config.ts'
import { oracleWindow } from '../support/oracle/windows.ts'
import type { Oracle } from '../support/oracle.ts'
import { isEmpty, latestOf, type Published } from './said.ts'
import type { World } from './world.ts'

export type ClosedAsked = {
  readonly oracle: Oracle
  readonly config: OracleConfig
  /** Every shard has come so far. */
  readonly asOfMs: number
}

const calendarIds = ['hour', 'interval-15m']
/** From the end of a window until it is out. */
const closingMs = 30_000

type Closed = {
  readonly tenantId: string
  readonly scope: Readonly<Record<string, string>>
  readonly windowId: string
  readonly startAt: string
}

/** The latest of every closed window says what a recomputation says, corrections and all; none is missing. */
export const judgeClosed = (world: World, asked: ClosedAsked): readonly string[] => {
  const latest = latestOf(world.outputs.closed)
  const expected = new Map(windowsWithEvents(world, asked).map((closed) => [keyOf(closed), closed]))
  for (const [key, { value }] of latest) if (value !== null) expected.set(key, closedOf(value))
  return [...expected].flatMap(([key, closed]) =>
    compareClosed(world, { ...asked, closed, value: latest.get(key)?.value ?? null }).map(
      (line) => `closed ${key}: ${line}`,
    ),
  )
}

const keyOf = ({ tenantId, scope, windowId, startAt }: Closed): string =>
  `${scopeKeyOf(tenantId, scope)}|${windowId}|${startAt}`

const closedOf = (value: string): Closed => {
  const { tenantId, scope, window } = JSON.parse(value) as Published
  return { tenantId, scope, windowId: window.id, startAt: window.startAt ?? '' }
}

/** Of the whole tenant, those in which an accepted event lies. */
const windowsWithEvents = ({ verdicts, plan }: World, { config, asOfMs }: ClosedAsked): readonly Closed[] =>
  verdicts.all().flatMap(({ event, reason }) => {
    if (!event || reason) return []
    return plan.windows.flatMap((windowId) => {
      if (!calendarIds.includes(windowId)) return []
      const { startMs, endMs } = oracleWindow(windowId, event.occurredAt + 1, config)
      if (startMs === undefined || endMs > asOfMs - closingMs) return []
      return [{ tenantId: event.tenantId, scope: {}, windowId, startAt: new Date(startMs).toISOString() }]
    })
  })

type Comparing = ClosedAsked & { readonly closed: Closed; readonly value: string | null }

const compareClosed = ({ plan, hasLost }: World, { oracle, config, asOfMs, closed, value }: Comparing) => {
  const { tenantId, scope, windowId, startAt } = closed
  const window = oracleWindow(windowId, Date.parse(startAt) + 1, config)
  const asked = { tenantId, scope, window, asOfMs }
  const expected = oracle.snapshot(plan.metrics.includes('all') ? asked : { ...asked, metrics: plan.metrics })
  if (value === null) return isEmpty(expected) ? [] : ['never published']
  // Counted again after a loss, a window that is empty by then has nothing that would be corrected.
  if (hasLost && isEmpty(expected)) return []
  const { metrics } = JSON.parse(value) as Published
  return findDifferences({ metrics }, expected)
    .filter((line) => !isProvisional.test(line))
    .slice(0, 2)
}

/** Whether more may change is said as of when the window was said; what settles is said again, long after a history here ends. */
const isProvisional = /\.provisional:/
