import { businessMsBetween, dueAt } from './business-time.ts'
import type { OracleConfig, Target } from './config.ts'
import type { Dims, Fact, Findings, Span } from './facts.ts'
import { findFirstResponse, firstClockStart, listReplies } from './replies.ts'
import { isBacklog } from './stock.ts'
import { isOpen, isReopening, isResolution, type Moment, ownerDims, publicMessage } from './ticket-story.ts'

/** What is owed after an event: `key` tells one promise from the next, `dueAt` null while no instant is set. */
type Duty = {
  readonly key: string
  readonly dueAt: number | null
  readonly fulfilledAtIndex: number | undefined
}
type DutyAfter = (moment: Moment) => Duty | undefined

/** The most specific row: priority before channel. */
const targetFor = (targets: readonly Target[], dims: Dims): Target | undefined => {
  const weight = (row: Target) => (row.priority === undefined ? 0 : 2) + (row.channel === undefined ? 0 : 1)
  return targets
    .filter((row) => row.priority === undefined || row.priority === dims.priority)
    .filter((row) => row.channel === undefined || row.channel === dims.channel)
    .toSorted((a, b) => weight(b) - weight(a))[0]
}

export const findTargets = (id: string, moments: readonly Moment[], config: OracleConfig): Findings => {
  const duties = {
    firstResponse: firstResponseDuty(moments, config),
    nextReply: nextReplyDuty(moments, config),
    resolution: resolutionDuty(moments, config),
  }
  const facts = Object.entries(duties).flatMap(([kind, dutyAfter]) =>
    judge(`target.${kind}`, moments, dutyAfter),
  )
  const firstReply = moments.find(({ event }) => publicMessage(event, 'agent'))?.index ?? moments.length
  const spans = moments.flatMap((moment) => {
    const isReplied = moment.index >= firstReply
    return dueSpans(moment, { id, duties, isReplied, atRiskMs: config.targets.atRiskMs })
  })
  return { facts, spans }
}

const firstResponseDuty = (moments: readonly Moment[], config: OracleConfig): DutyAfter => {
  const start = firstClockStart(moments)
  const reply = findFirstResponse(moments, 'agent')?.moment.index
  const cycleEnd = moments.find(isReopening)?.index ?? Number.POSITIVE_INFINITY
  return ({ index, after }) => {
    const isOwed =
      start && index >= start.index && index < Math.min(reply ?? Infinity, cycleEnd) && isOpen(after)
    const target = targetFor(config.targets.firstResponse, after.dims)
    if (!isOwed || !target) return undefined
    const handOffs = moments.filter((moment) => {
      return moment.event.type === 'ticket.handed_off' && moment.index > start.index && moment.index <= index
    })
    const startAt = Math.max(start.at, ...handOffs.map(({ at }) => at))
    return { key: 'first', dueAt: dueAt(target.calendar, startAt, target.withinMs), fulfilledAtIndex: reply }
  }
}

/** Owed from a customer's message on that comes after a human reply, until the next one. */
const nextReplyDuty = (moments: readonly Moment[], config: OracleConfig): DutyAfter => {
  const replies = listReplies(moments).map(({ moment }) => moment.index)
  return ({ index, after }) => {
    const lastReply = replies.findLast((reply) => reply <= index)
    const turn = moments.find(
      (moment) =>
        lastReply !== undefined && moment.index > lastReply && publicMessage(moment.event, 'customer'),
    )
    const target = targetFor(config.targets.nextReply, after.dims)
    if (!turn || turn.index > index || !target || !isOpen(after)) return undefined
    return {
      key: `turn ${turn.index}`,
      dueAt: dueAt(target.calendar, turn.at, target.withinMs),
      fulfilledAtIndex: replies.find((reply) => reply > turn.index),
    }
  }
}

/** Owed until the first resolution, on a clock that stands still in some statuses. */
const resolutionDuty = (moments: readonly Moment[], config: OracleConfig): DutyAfter => {
  const resolution = moments.find(
    (moment) => isResolution(moment) && moment.after.createdAt !== undefined,
  )?.index
  return (moment) => {
    const { index, after } = moment
    const target = targetFor(config.targets.resolution, after.dims)
    if (!target || !isOpen(after) || (resolution !== undefined && index >= resolution)) return undefined
    return {
      key: 'resolution',
      dueAt: resolutionDueAt(moment, moments, { target, config }),
      fulfilledAtIndex: resolution,
    }
  }
}

type Clock = { readonly target: Target; readonly config: OracleConfig }

const resolutionDueAt = (
  now: Moment,
  moments: readonly Moment[],
  { target, config }: Clock,
): number | null => {
  let leftMs = target.withinMs
  for (const { index, at, until, after } of moments) {
    const runs = after.createdAt !== undefined && config.resolutionClockRuns.includes(after.status ?? '')
    if (!runs || index > now.index) continue
    if (index === now.index) return dueAt(target.calendar, at, leftMs)
    const ranMs = target.calendar ? businessMsBetween(target.calendar, at, until) : until - at
    const due = dueAt(target.calendar, at, leftMs)
    if (due < until) return due
    leftMs -= ranMs
  }
  return null
}

/** In time at what fulfils it, else a breach at the due instant, or at the change that moved it into the past. */
const judge = (measure: string, moments: readonly Moment[], dutyAfter: DutyAfter): readonly Fact[] => {
  const settled = new Set<string>()
  const facts: Fact[] = []
  for (const moment of moments) {
    const duty = dutyAfter(moment)
    if (!duty || settled.has(duty.key)) continue
    const dueAt = duty.dueAt ?? Number.POSITIVE_INFINITY
    const { at, until, after, index } = moment
    if (dueAt < until || dueAt < at) {
      facts.push({ measure, at: Math.max(at, dueAt), value: 0, dims: ownerDims(after) })
      settled.add(duty.key)
    } else if (duty.fulfilledAtIndex === index + 1) {
      facts.push({ measure, at: until, value: 1, dims: ownerDims((moments[index + 1] as Moment).after) })
    }
  }
  return facts
}

type Dues = {
  readonly id: string
  readonly duties: Readonly<Record<'firstResponse' | 'nextReply' | 'resolution', DutyAfter>>
  readonly isReplied: boolean
  readonly atRiskMs: number
}

/** Gauges of the ticket's nearest due instant: at risk before it, overdue after it. */
const dueSpans = (moment: Moment, { id, duties, isReplied, atRiskMs }: Dues): readonly Span[] => {
  const { at, until, after } = moment
  const dues = Object.values(duties).flatMap((dutyAfter) => dutyAfter(moment)?.dueAt ?? [])
  if (dues.length === 0) return []
  const nearest = Math.min(...dues)
  const span = (gauge: string, from: number, to = Number.POSITIVE_INFINITY): Span => {
    return {
      gauge,
      from: Math.max(from, at),
      to: Math.min(to, until),
      dims: ownerDims(after),
      id,
      sinceAt: nearest,
    }
  }
  const firstDue = duties.firstResponse(moment)?.dueAt ?? Number.POSITIVE_INFINITY
  const isUnanswered = isBacklog(after.status ?? '') && !isReplied
  const spans = [
    span('atRisk', nearest - atRiskMs, nearest),
    span('overdue', nearest),
    ...(isUnanswered ? [span('backlog.overdue', firstDue)] : []),
  ]
  return spans.filter(({ from, to }) => from < to)
}
