import type { FakeSnapshots, SnapshotShape } from './fake-snapshots.ts'
import { makeSnapshot, snapshotKey, toIso } from './fake-snapshots.ts'

type Scope = Readonly<Record<string, string>>
type QueueShape = {
  readonly scope: Scope
  readonly waiting: number
  readonly waitMs: number
  readonly hits: number
  readonly settled: number
  readonly openTickets?: number
}

export type CentreOptions = {
  readonly nowMs: number
  /** When the centre opened: those who wait began to wait as long before it. */
  readonly queuedFromMs?: number
  readonly hostileQueue?: string | undefined
}

/** One moment of a small contact centre: the tenant, queues in every state, channels and teams. */
export function putContactCentre(
  snapshots: FakeSnapshots,
  { nowMs, queuedFromMs = nowMs, hostileQueue }: CentreOptions,
): void {
  const put = (shape: Omit<SnapshotShape, 'asOfMs'>): void =>
    snapshots.put(snapshotKey(shape), makeSnapshot({ ...shape, asOfMs: nowMs }))
  const at = { nowMs, queuedFromMs }
  for (const queue of queues) putQueue(put, queue, at)
  putQueue(put, { scope: {}, waiting: 12, waitMs: 187_000, hits: 311, settled: 402, openTickets: 214 }, at)
  putTickets(put, { scope: {}, open: null, satisfied: 0.874, answers: 128 })
  for (const channel of ['chat', 'email', 'social', 'voice']) {
    putTickets(put, { scope: { channel }, open: channel.length * 11, satisfied: 0.8, answers: 41 })
  }
  putTickets(put, { scope: { teamId: 'first-line' }, open: 120, satisfied: 0.91, answers: 88 })
  putTickets(put, { scope: { teamId: 'back office' }, open: 94, satisfied: null, answers: 0 })
  if (hostileQueue !== undefined) {
    putQueue(put, { scope: { queueId: hostileQueue }, waiting: 0, waitMs: 0, hits: 0, settled: 0 }, at)
  }
}

const queues: readonly QueueShape[] = [
  { scope: { queueId: 'billing' }, waiting: 4, waitMs: 95_000, hits: 70, settled: 100 },
  { scope: { queueId: 'cards' }, waiting: 1, waitMs: 22_000, hits: 61, settled: 66 },
  { scope: { queueId: 'claims' }, waiting: 5, waitMs: 187_000, hits: 31, settled: 88 },
  { scope: { queueId: 'mortgages' }, waiting: 0, waitMs: 0, hits: 12, settled: 12 },
  { scope: { queueId: 'new customers' }, waiting: 2, waitMs: 41_000, hits: 90, settled: 96 },
  { scope: { queueId: 'night line' }, waiting: 0, waitMs: 0, hits: 0, settled: 0 },
  { scope: { queueId: 'technical' }, waiting: 0, waitMs: 0, hits: 47, settled: 50 },
]

type Put = (shape: Omit<SnapshotShape, 'asOfMs'>) => void

type WaitTimes = { readonly nowMs: number; readonly queuedFromMs: number }

function putQueue(put: Put, queue: QueueShape, { nowMs, queuedFromMs }: WaitTimes): void {
  const { scope, waiting, waitMs, hits, settled } = queue
  const longest =
    waiting === 0
      ? { value: null, unit: 'ms', n: 0, reason: 'no-data' }
      : {
          value: nowMs - queuedFromMs + waitMs,
          unit: 'ms',
          n: waiting,
          sinceAt: toIso(queuedFromMs - waitMs),
        }
  const waits = { waitingNow: { value: waiting, unit: 'count', n: waiting }, longestWaitNow: longest }
  const tickets = queue.openTickets === undefined ? {} : ticketGauges(queue.openTickets)
  put({ scope, window: 'now', metrics: { ...waits, ...tickets } })
  const answered = Math.round(settled * 0.93)
  const metrics = {
    serviceLevel: { ...ratio(hits, settled), policy: 'default-20s', target: 0.8, met: hits / settled >= 0.8 },
    abandonRate: ratio(settled - answered, settled),
    averageSpeedOfAnswer: {
      ...mean(answered * 40_774, answered),
      ...(answered > 0 ? { p50: 5_945, p90: 130_322, p95: 187_433, p99: 311_040, max: 751_932 } : {}),
    },
    callsAnswered: { value: answered, unit: 'count', n: answered },
  }
  put({ scope, window: '15m', metrics })
}

type TicketShape = {
  readonly scope: Scope
  readonly open: number | null
  readonly satisfied: number | null
  readonly answers: number
}

function putTickets(put: Put, { scope, open, satisfied, answers }: TicketShape): void {
  if (open !== null) put({ scope, window: 'now', metrics: ticketGauges(open) })
  const metrics = {
    firstResponseTime: { ...mean(answers * 5_410_000, answers), p50: 3_100_000, p90: 12_000_000 },
    csat: ratio(Math.round((satisfied ?? 0) * answers), answers),
    nps: {
      value: answers === 0 ? null : 34,
      unit: 'points',
      n: answers,
      ...(answers === 0 ? { reason: 'no-data' } : {}),
    },
  }
  put({ scope, window: 'today', metrics })
}

function ticketGauges(open: number): Readonly<Record<string, unknown>> {
  const parts = {
    new: { value: 20 },
    open: { value: open - 60 },
    pending: { value: 31 },
    'on-hold': { value: 9 },
  }
  return {
    openTickets: { value: open, unit: 'count', n: open, parts },
    backlog: { value: open - 31, unit: 'count', n: open - 31 },
  }
}

function ratio(numerator: number, denominator: number): Readonly<Record<string, unknown>> {
  const counts = { unit: 'ratio', n: denominator, numerator, denominator }
  return denominator === 0
    ? { value: null, ...counts, reason: 'no-data' }
    : { value: numerator / denominator, ...counts }
}

function mean(sumMs: number, n: number): Readonly<Record<string, unknown>> {
  const counts = { unit: 'ms', n, numerator: sumMs, denominator: n }
  return n === 0 ? { value: null, ...counts, reason: 'no-data' } : { value: sumMs / n, ...counts }
}
