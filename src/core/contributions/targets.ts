import { addBusinessMs, businessMsBetween } from '../business-hours.ts'
import { type ResponseTarget, type Rules, type TargetKind, targetFor } from '../rules.ts'
import { findClockStart, findFirstResponse } from './replies.ts'
import type { Stage, Ticket } from './ticket-model.ts'

/** What is owed during a stage. */
export type Due = {
  readonly stage: Stage
  /** Tells one promise from the next of its kind: each is judged once. */
  readonly promise: number
  /** Null while the clock stands still, and where the calendar never gets there. */
  readonly dueMs: number | null
  /** What fulfils it, where that is the next event. */
  readonly fulfilment: Stage | undefined
}

/** The first response is owed from the start of its clock until the reply, in the first cycle, while the ticket is open. */
const findFirstResponseDues = (ticket: Ticket, rules: Rules): readonly Due[] => {
  const start = findClockStart(ticket)
  if (!start) return []
  const reply = findFirstResponse(ticket, ['agent'])?.stage
  const endOrder = Math.min(reply?.order ?? Infinity, ticket.firstReopening?.order ?? Infinity)
  const dues: Due[] = []
  let clockMs = start.atMs
  for (const stage of ticket.stages.slice(start.order, Math.min(endOrder, ticket.stages.length))) {
    if (stage.order > start.order && stage.event.type === 'ticket.handed_off') clockMs = stage.atMs
    const target = stage.isOpen ? targetFor(rules.targets.firstResponse, stage.dimensions) : undefined
    if (!target) continue
    const dueMs = addTime(target, clockMs, target.withinMs)
    dues.push({ stage, promise: 0, dueMs, fulfilment: reply?.order === stage.order + 1 ? reply : undefined })
  }
  return dues
}

/** A reply is owed from the first customer message after a human reply until the next one. */
const findNextReplyDues = ({ stages }: Ticket, rules: Rules): readonly Due[] => {
  const dues: Due[] = []
  let asked: Stage | undefined
  for (const stage of stages) {
    if (stage.author === 'agent') asked = undefined
    if (stage.author === 'customer' && stage.isReplied) asked ??= stage
    if (!asked || !stage.isOpen) continue
    const target = targetFor(rules.targets.nextReply, stage.dimensions)
    if (!target) continue
    const next = stages[stage.order + 1]
    const fulfilment = next?.author === 'agent' ? next : undefined
    const dueMs = addTime(target, asked.atMs, target.withinMs)
    dues.push({ stage, promise: asked.order, dueMs, fulfilment })
  }
  return dues
}

/** The first resolution is owed from creation; pending and on-hold stop the clock. */
const findResolutionDues = (ticket: Ticket, rules: Rules): readonly Due[] => {
  const dues: Due[] = []
  const clock = createStatusClock()
  const resolution = ticket.firstResolution
  for (const stage of ticket.stages.slice(0, resolution?.order)) {
    clock.enter(stage)
    const target = stage.isOpen ? targetFor(rules.targets.resolution, stage.dimensions) : undefined
    if (!target) continue
    const fulfilment = resolution?.order === stage.order + 1 ? resolution : undefined
    dues.push({ stage, promise: 0, dueMs: clock.dueMs(target), fulfilment })
  }
  return dues
}

export const duesByKind: Readonly<Record<TargetKind, (ticket: Ticket, rules: Rules) => readonly Due[]>> = {
  firstResponse: findFirstResponseDues,
  nextReply: findNextReplyDues,
  resolution: findResolutionDues,
}

const addTime = ({ calendar }: ResponseTarget, fromMs: number, durationMs: number): number | null =>
  calendar ? addBusinessMs(calendar, fromMs, durationMs) : fromMs + durationMs

const timeBetween = ({ calendar }: ResponseTarget, { fromMs, untilMs }: Run): number =>
  calendar ? businessMsBetween(calendar, fromMs, untilMs) : untilMs - fromMs

type Run = { readonly fromMs: number; readonly untilMs: number }
/** What a target has left after the first `runs` runs of the clock; `dueMs` once one of them reached it. */
type Reading = { readonly runs: number; readonly leftMs: number; readonly dueMs: number | null }

/** A clock that runs in new and open. Several targets may read it, as the priority changes. */
const createStatusClock = () => {
  const runs: Run[] = []
  const readings = new Map<ResponseTarget, Reading>()
  let runningSinceMs: number | undefined
  const readRuns = (target: ResponseTarget): Reading => {
    let reading = readings.get(target) ?? { runs: 0, leftMs: target.withinMs, dueMs: null }
    for (const run of runs.slice(reading.runs)) reading = passRun(target, reading, run)
    readings.set(target, reading)
    return reading
  }
  return {
    enter: ({ isOpen, status, atMs }: Stage) => {
      const isRunning = isOpen && (status === 'new' || status === 'open')
      if (isRunning) runningSinceMs ??= atMs
      if (isRunning || runningSinceMs === undefined) return
      runs.push({ fromMs: runningSinceMs, untilMs: atMs })
      runningSinceMs = undefined
    },
    dueMs: (target: ResponseTarget): number | null => {
      const { dueMs, leftMs } = readRuns(target)
      if (dueMs !== null || runningSinceMs === undefined) return dueMs
      return addTime(target, runningSinceMs, leftMs)
    },
  }
}

const passRun = (target: ResponseTarget, { runs, leftMs, dueMs }: Reading, run: Run): Reading => {
  if (dueMs !== null) return { runs: runs + 1, leftMs, dueMs }
  const reachedMs = addTime(target, run.fromMs, leftMs)
  return reachedMs !== null && reachedMs < run.untilMs
    ? { runs: runs + 1, leftMs: 0, dueMs: reachedMs }
    : { runs: runs + 1, leftMs: leftMs - timeBetween(target, run), dueMs: null }
}
