import { expect, test } from 'vitest'
import {
  createRecordMaker,
  planSimulation,
  type SimulatedItem,
  type SimulateFlags,
  writeSimulation,
} from '../../src/commands/simulate.ts'
import { parseEvent } from '../../src/core/events.ts'

const flags: SimulateFlags = {
  profile: 'default',
  rate: '4',
  seed: '1',
  late: '0',
  duplicates: '0',
  poison: '0',
  start: '2026-03-02T00:00:00Z',
}
const startAtMs = Date.parse(flags.start)
const clock = { now: () => 42 }

const eventAt = (offsetMs: number, callId = 'c-1'): SimulatedItem => {
  const read = parseEvent({
    eventId: `${callId}.${offsetMs}`,
    type: 'call.queued',
    occurredAt: startAtMs + offsetMs,
    callId,
    queueId: 'billing',
  })
  if (!read.ok) throw new Error(read.detail)
  return { event: read.event }
}

test('the plan starts at a fixed instant, so that the same seed gives the same bytes', () => {
  expect(planSimulation(flags, clock)).toEqual({
    seed: 1,
    eventsPerSecond: 4,
    startAtMs,
    lateShare: 0,
    duplicateShare: 0,
    poisonShare: 0,
    to: 'stdout',
  })
  expect(planSimulation({ ...flags, start: 'now' }, clock).startAtMs).toBe(42)
})

test.each([
  [{ rate: '0' }, "--rate: '0' is no number from 0.001"],
  [{ late: '2' }, "--late: '2' is no number from 0 to 1"],
  [{ events: '1.5' }, "--events: '1.5' is no whole number"],
  [{ duration: '15x' }, "--duration: '15x' is no duration"],
  [{ start: 'today' }, "--start: 'today'"],
  [{ to: 'redis' }, "--to: 'redis' is no destination"],
  [{ to: 'kafka', out: 'f', events: '1' }, 'exclude each other'],
  [{ out: 'f' }, 'give --events or --duration'],
  [{ to: 'kafka' }, 'or pace it with --speed'],
])('%o is refused by name', (wrong, said) => {
  expect(() => planSimulation({ ...flags, ...wrong }, clock)).toThrow(said)
})

const write = async (items: readonly SimulatedItem[], speed?: number) => {
  let nowMs = 1_000
  const writes: { atMs: number; count: number }[] = []
  const io = {
    clock: { now: () => nowMs },
    sleep: async (ms: number) => {
      nowMs += ms
    },
    write: async (batch: readonly SimulatedItem[]) => {
      writes.push({ atMs: nowMs, count: batch.length })
    },
  }
  const count = await writeSimulation([items], { startAtMs, ...(speed === undefined ? {} : { speed }) }, io)
  return { count, writes }
}

test('without a speed a batch is written at once', async () => {
  expect(await write([eventAt(0), eventAt(60_000)])).toEqual({
    count: 2,
    writes: [{ atMs: 1_000, count: 2 }],
  })
})

test('with a speed each event waits for its time, a bad line goes with the event before it', async () => {
  const bad = { raw: '{', topic: 'call-queue' } as const
  const { writes } = await write([eventAt(0), bad, eventAt(10_000), eventAt(5_000), eventAt(20_000)], 10)
  expect(writes).toEqual([
    { atMs: 1_000, count: 2 },
    { atMs: 2_000, count: 2 },
    { atMs: 3_000, count: 1 },
  ])
})

test('a record has its subject as key and event time as its time', () => {
  const makeRecord = createRecordMaker(startAtMs, () => 'text')
  expect(makeRecord(eventAt(5))).toEqual({
    topic: 'call-queue',
    key: 'c-1',
    value: 'text',
    timestampMs: startAtMs + 5,
  })
})

test('a bad line has the time of the event before it, and a key only where it names a subject', () => {
  const makeRecord = createRecordMaker(startAtMs, () => 'text')
  makeRecord(eventAt(7))
  expect(makeRecord({ raw: '{"eventId":', topic: 'ticket' })).toEqual({
    topic: 'ticket',
    key: null,
    value: '{"eventId":',
    timestampMs: startAtMs + 7,
  })
  const twin = JSON.stringify('event' in eventAt(1, 'c-9') && (eventAt(1, 'c-9') as { event: object }).event)
  expect(makeRecord({ raw: twin, topic: 'call-queue' }).key).toBe('c-9')
})
