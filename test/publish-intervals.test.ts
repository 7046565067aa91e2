import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { FloorwatchError } from '../src/errors.ts'
import type { SnapshotRecord } from '../src/ports.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'
import { createDeadlyPorts, ProcessKilled } from './support/deadly-ports.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const minuteMs = 60_000
const hourMs = 60 * minuteMs

const event = (type: string, fields: object): Event =>
  ({ tenantId: 'acme', type, eventId: `${type}-1`, ...fields }) as Event

/** A call that waited a second. */
const call = (callId: string, occurredAt: number, queueId = 'billing'): readonly Event[] => [
  event('call.queued', { callId, queueId, direction: 'inbound', occurredAt }),
  event('call.abandoned', { callId, occurredAt: occurredAt + 1_000 }),
]

const settings = (more: object = {}) => ({
  scopes: [[], ['queueId']],
  publish: [
    {
      scopes: [[], ['queueId']],
      windows: ['interval-15m', 'hour'],
      metrics: ['callsOffered', 'openTickets'],
      everyMs: 60_000,
    },
  ],
  ...more,
})

const passTime = async (centre: Centre, processes: readonly Process[], forMs: number): Promise<void> => {
  const stepMs = Math.min(forMs, 20_000)
  for (let passed = 0; passed < forMs; passed += stepMs) {
    centre.clock.nowMs += stepMs
    for (const process of processes) await process.settle()
  }
}

type Told = {
  readonly offered: number
  readonly final: boolean
  readonly partial: boolean
  readonly openTickets: number
}

/** What was told of one closed window, in order. */
const toldOf = (closed: readonly SnapshotRecord[], key: string): readonly Told[] =>
  closed
    .filter((record) => record.key === key)
    .map(({ value }) => {
      const { metrics, final, partial } = JSON.parse(value ?? '{}')
      return {
        offered: metrics.callsOffered.value,
        openTickets: metrics.openTickets.value,
        final,
        partial,
      }
    })

/** Something of a ticket in a queue of its own. */
const ticket = (type: string, ticketId: string, occurredAt: number): Event =>
  event(type, { ticketId, queueId: `queue-${ticketId}`, occurredAt })

/** What was told last of a closed window's open tickets. */
const openIn = ({ closed }: Centre, key: string): number | undefined =>
  toldOf(closed, key).at(-1)?.openTickets

type KeysOf = (startAt: string) => readonly string[]

/** Sixteen tickets of queues of their own in two shards, closed after two minutes; nobody has heard of that yet. */
const openTickets = async (config = settings()) => {
  const centre = createCentre({ config, startMs, partitions: 2 })
  const [moving, still] = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
  const ids = Array.from({ length: 16 }, (_, index) => `ticket-${index}`)
  centre.feed(ids.map((id) => ticket('ticket.created', id, startMs + 3_000)))
  await passTime(centre, [moving, still], minuteMs)
  centre.feed(ids.map((id) => ticket('ticket.closed', id, startMs + 2 * minuteMs)))
  const keysOf: KeysOf = (startAt) => ids.map((id) => `acme|queueId=queue-${id}|interval-15m|${startAt}`)
  return { centre, moving, still, keysOf }
}

/** Half an hour on, while the second shard stands still, the first one's owner tells what ended and dies of it: no head says so. */
const dieOfTelling = async (centre: Centre, keysOf: KeysOf): Promise<readonly string[]> => {
  centre.clock.nowMs += 32 * minuteMs
  await passTime(centre, [await centre.join({ shards: [0] })], minuteMs)
  const [head] = await centre.heads()
  expect([head?.recheckMs, (head?.closedMs ?? 0) < startMs + 15 * minuteMs]).toEqual([null, true])
  const keys = keysOf('2026-03-02T10:15:00.000Z')
  expect(keys.map((key) => openIn(centre, key))).toContain(1)
  return keys
}

const quarter = 'acme||interval-15m|2026-03-02T10:00:00.000Z'
const told = (offered: number, more: Partial<Told> = {}): Told => ({
  offered,
  openTickets: 0,
  final: false,
  partial: false,
  ...more,
})

/** Late as its sender was, but no later than may be. */
const late = { timestampMs: startMs + 30 * minuteMs }

describe('a history that leaps', () => {
  const dayMs = 24 * hourMs
  const history = settings({ time: { source: 'events' } })
  const offeredIn = (centre: Centre) =>
    new Map(
      centre.closed.map(({ key, value }) => [key, JSON.parse(value ?? '{}').metrics.callsOffered.value]),
    )

  test('years on, no quarter of an hour of before is left out', async () => {
    const centre = createCentre({ config: history, startMs, partitions: 2 })
    const calls = [0, 1_000, 1_001, 4_000].flatMap((days) =>
      Array.from({ length: 4 }, (_, index) => call(`call-${days}-${index}`, startMs + days * dayMs)).flat(),
    )
    centre.feed(calls)
    const processes = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    for (let turn = 0; turn < 400; turn++) {
      centre.clock.nowMs += 250
      for (const process of processes) await process.round()
    }
    const offered = offeredIn(centre)
    for (const days of [0, 1_000, 1_001]) {
      const startAt = new Date(startMs + days * dayMs).toISOString()
      expect(offered.get(`acme||interval-15m|${startAt}`)).toBe(4)
      expect(offered.get(`acme|queueId=billing|hour|${startAt}`)).toBe(4)
    }
  })

  test('what takes longer to send than revisions are reserved for goes out all the same, and as-of goes on', async () => {
    const centre = createCentre({ config: history, startMs })
    const slow = async (records: readonly SnapshotRecord[]) => {
      await centre.sink.publishClosed(records)
      if (records.length > 0) centre.clock.nowMs += 4_999.9
    }
    const days = 40
    centre.feed([
      event('ticket.created', { ticketId: 'ticket-1', queueId: 'billing', occurredAt: startMs }),
      ...call('call-1', startMs + days * dayMs),
    ])
    const process = await centre.join({ sink: { ...centre.sink, publishClosed: slow } })
    for (let turn = 0; turn < 60; turn++) {
      centre.clock.nowMs += 250
      await process.round()
    }
    expect((await centre.heads())[0]?.closedMs).toBeGreaterThan(startMs + days * dayMs)
    const quarters = new Set(
      centre.closed.flatMap(({ key }) => (key.startsWith('acme||interval-15m') ? [key] : [])),
    )
    expect(quarters.size).toBe(days * 96)
  })

  test('as-of is not held by corrections that rest', async () => {
    const centre = createCentre({
      config: { ...settings(), limits: { batchRecordsMax: 20 } },
      startMs: startMs + 200 * dayMs,
    })
    const days = 150
    const lateEachDay = (day: number) => [
      ...call(`call-${day}`, startMs + day * dayMs),
      ...call(`late-${day}`, startMs + (day - 1) * dayMs),
    ]
    centre.feed(Array.from({ length: days }, (_, day) => lateEachDay(day)).flat())
    const process = await centre.join()
    const begunMs = centre.clock.nowMs
    for (let turn = 0; turn < 400; turn++) {
      centre.clock.nowMs += 10
      await process.round()
      if (((await centre.heads())[0]?.asOfMs ?? 0) > startMs + days * dayMs) break
    }
    expect(centre.clock.nowMs - begunMs).toBeLessThan(2_000)
    const [last] = [...offeredIn(centre)].filter(([key]) => key.includes('|queueId=billing|hour|')).slice(-1)
    expect(last?.[1]).toBe(1)
    expect(offeredIn(centre).get('acme||hour|2026-05-01T10:00:00.000Z')).toBe(2)
  })

  test('while nothing can be sent, as-of waits, and nothing is left out', async () => {
    const centre = createCentre({ config: history, startMs })
    let isOut = true
    const publishClosed = async (records: readonly SnapshotRecord[]) => {
      if (isOut) throw new FloorwatchError('kafka-unavailable', 'no broker answers')
      await centre.sink.publishClosed(records)
    }
    centre.feed([...call('call-1', startMs), ...call('call-2', startMs + 1_000 * dayMs)])
    const process = await centre.join({ sink: { ...centre.sink, publishClosed } })
    for (let turn = 0; turn < 400; turn++) {
      isOut = turn < 100
      centre.clock.nowMs += 250
      await process.round()
    }
    expect(offeredIn(centre).get('acme||interval-15m|2026-03-02T10:00:00.000Z')).toBe(1)
    expect((await centre.heads())[0]?.asOfMs).toBeGreaterThan(startMs + 1_000 * dayMs)
  })

  test('what was read before a crash is not left out', async () => {
    const centre = createCentre({ config: history, startMs, partitions: 2 })
    centre.feed(call('call-1', startMs))
    const [shard] = [0, 1].filter((one) => centre.log.range('call-queue', one).high > 0n)
    const other = 1 - (shard ?? 0)
    const first = await centre.join({ shards: [shard ?? 0] })
    await first.settle()
    let number = 2
    while (centre.log.range('call-queue', other).high === 0n)
      centre.feed(call(`call-${number++}`, startMs + 1_000 * dayMs))
    const processes = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    for (let turn = 0; turn < 200; turn++) {
      centre.clock.nowMs += 250
      for (const process of processes) await process.round()
    }
    expect(offeredIn(centre).get('acme||interval-15m|2026-03-02T10:00:00.000Z')).toBe(1)
  })
})

describe('a closed window', () => {
  test('goes out again when a late event changes it, and its journal entry leaves', async () => {
    const centre = createCentre({ config: settings(), startMs })
    const process = await centre.join()
    centre.feed(call('call-1', startMs + minuteMs))
    await passTime(centre, [process], 30 * minuteMs)
    centre.feed(call('call-2', startMs + 2 * minuteMs), late)
    await passTime(centre, [process], minuteMs)
    expect(toldOf(centre.closed, quarter)).toEqual([told(1), told(2)])
    expect(toldOf(centre.closed, quarter.replace('10:00', '10:15'))).toEqual([])
    expect((await centre.heads()).map(({ journalRanges }) => journalRanges)).toEqual([0])
    const revisions = centre.closed.filter(({ key }) => key === quarter).map(({ revision }) => revision)
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
  })

  test('goes out together with all that ended meanwhile', async () => {
    const centre = createCentre({ config: settings({ time: { source: 'events' } }), startMs })
    for (let quarter = 0; quarter < 40; quarter++)
      centre.feed(call(`call-${quarter}`, startMs + quarter * 15 * minuteMs))
    const sizes: number[] = []
    const publishClosed = async (records: readonly SnapshotRecord[]) => {
      sizes.push(records.length)
      await centre.sink.publishClosed(records)
    }
    const process = await centre.join({ sink: { ...centre.sink, publishClosed } })
    await process.settle()
    expect(toldOf(centre.closed, quarter)).toEqual([told(1)])
    expect(sizes).toEqual([2 * (39 + 9)])
  })

  test('changes of a few seconds go out together', async () => {
    const centre = createCentre({ config: settings(), startMs })
    const process = await centre.join()
    centre.feed(call('call-0', startMs + minuteMs))
    await passTime(centre, [process], 30 * minuteMs)
    centre.feed(call('call-1', startMs + minuteMs), late)
    await passTime(centre, [process], 1_000)
    for (let index = 2; index < 6; index++) {
      centre.feed(call(`call-${index}`, startMs + minuteMs), late)
      await passTime(centre, [process], 1_000)
    }
    await passTime(centre, [process], minuteMs)
    expect(toldOf(centre.closed, quarter)).toEqual([told(1), told(2), told(6)])
  })

  test('that something happened to in two ways which come to nothing is left alone', async () => {
    const centre = createCentre({ config: settings(), startMs })
    const process = await centre.join()
    centre.feed(call('call-1', startMs + minuteMs))
    await passTime(centre, [process], 30 * minuteMs)
    const [queued] = call('call-2', startMs + 2 * minuteMs)
    const retraction = { callId: 'call-2', retracts: 'call.queued-1', occurredAt: startMs + 3 * minuteMs }
    centre.feed([queued as Event, event('event.retracted', retraction)], late)
    await passTime(centre, [process], minuteMs)
    expect(toldOf(centre.closed, quarter)).toEqual([told(1)])
  })

  test('is told once more when it becomes final, a lateness later, and nothing of it is told again', async () => {
    const time = { latenessMs: hourMs }
    const centre = createCentre({ config: settings({ time }), startMs })
    const process = await centre.join()
    centre.feed(call('call-1', startMs + minuteMs))
    await passTime(centre, [process], 74 * minuteMs)
    expect(toldOf(centre.closed, quarter)).toEqual([told(1)])
    await passTime(centre, [process], 2 * minuteMs)
    expect(toldOf(centre.closed, quarter)).toEqual([told(1), told(1, { final: true })])
    await process.service.stop()
    await passTime(centre, [await centre.join()], 2 * hourMs)
    expect(toldOf(centre.closed, quarter)).toHaveLength(2)
  })

  test('may still be revised by a deletion when it is final, and stays so', async () => {
    const time = { latenessMs: hourMs }
    const centre = createCentre({ config: settings({ time }), startMs })
    const process = await centre.join()
    const created = { ticketId: 'ticket-1', channel: 'email', occurredAt: startMs + minuteMs }
    centre.feed([event('ticket.created', created)])
    await passTime(centre, [process], 2 * hourMs)
    const before = toldOf(centre.closed, quarter)
    expect(before.at(-1)).toEqual(told(0, { openTickets: 1, final: true }))
    centre.feed([event('ticket.deleted', { ticketId: 'ticket-1', occurredAt: centre.clock.nowMs })])
    await passTime(centre, [process], minuteMs)
    const after = toldOf(centre.closed, quarter).slice(before.length)
    expect(after.every(({ final }) => final)).toBe(true)
  })

  test('that is final stays so, and whole, where it is revised while a shard stands still that had come past it', async () => {
    const centre = createCentre({
      config: settings({ time: { latenessMs: hourMs } }),
      startMs,
      partitions: 2,
    })
    const [moving, still] = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    const ids = Array.from({ length: 16 }, (_, index) => `ticket-${index}`)
    centre.feed(ids.map((id) => ticket('ticket.created', id, startMs + minuteMs)))
    await passTime(centre, [moving, still], 2 * hourMs)
    await passTime(centre, [moving], 20 * minuteMs)
    centre.feed(ids.map((id) => event('ticket.deleted', { ticketId: id, occurredAt: centre.clock.nowMs })))
    await passTime(centre, [moving], 20 * minuteMs)
    await passTime(centre, [moving, still], 2 * hourMs)
    for (const id of ids) {
      const known = toldOf(centre.closed, quarter.replace('||', `|queueId=queue-${id}|`))
      expect(known.at(-1), id).toEqual(told(0, { final: true }))
    }
  })

  test('says what was open at its end: a ticket told of late changes every window since', async () => {
    const centre = createCentre({ config: settings(), startMs })
    const process = await centre.join()
    centre.feed(call('call-1', startMs + minuteMs))
    await passTime(centre, [process], 65 * minuteMs)
    const created = { ticketId: 'ticket-1', channel: 'email', occurredAt: startMs + 20 * minuteMs }
    centre.feed([event('ticket.created', created)], { timestampMs: centre.clock.nowMs })
    await passTime(centre, [process], minuteMs)
    const lastOf = (at: string) => toldOf(centre.closed, quarter.replace('10:00', at)).at(-1)
    expect(['10:00', '10:15', '10:30', '10:45'].map((at) => lastOf(at)?.openTickets)).toEqual([0, 1, 1, 1])
  })

  test('among more than one run can read is corrected too', async () => {
    const centre = createCentre({ config: settings({ time: { latenessMs: 240 * hourMs } }), startMs })
    const process = await centre.join()
    centre.feed(call('call-1', startMs + minuteMs))
    await passTime(centre, [process], minuteMs)
    centre.clock.nowMs += 168 * hourMs
    await passTime(centre, [process], minuteMs)
    const created = { ticketId: 'ticket-1', channel: 'email', occurredAt: startMs + 20 * minuteMs }
    centre.feed([event('ticket.created', created)], { timestampMs: centre.clock.nowMs })
    await passTime(centre, [process], minuteMs)
    const told = centre.closed.filter(({ key }) => key.startsWith('acme||interval-15m|'))
    expect(new Set(told.map(({ key }) => key)).size).toBe(168 * 4)
  })

  test('is corrected by its publisher wherever the shard lies that changed', async () => {
    const centre = createCentre({ config: settings(), startMs, partitions: 4 })
    const processes = [await centre.join({ shards: [0, 1] }), await centre.join({ shards: [2, 3] })]
    const ids = Array.from({ length: 8 }, (_, index) => `call-${index}`)
    centre.feed(ids.flatMap((id) => call(id, startMs + minuteMs)))
    await passTime(centre, processes, 30 * minuteMs)
    centre.feed(
      ids.flatMap((id) => call(`late-${id}`, startMs + minuteMs)),
      late,
    )
    await passTime(centre, processes, minuteMs)
    for (const scope of ['', 'queueId=billing'])
      expect(toldOf(centre.closed, quarter.replace('||', `|${scope}|`)).at(-1)).toEqual(told(16))
    expect((await centre.heads()).map(({ journalRanges }) => journalRanges)).toEqual([0, 0, 0, 0])
  })

  test('waits in the journal for a publisher that is away', async () => {
    const centre = createCentre({ config: settings({ time: { stallMs: hourMs } }), startMs, partitions: 4 })
    const [here, away] = [await centre.join({ shards: [0, 1] }), await centre.join({ shards: [2, 3] })]
    const ids = Array.from({ length: 8 }, (_, index) => `call-${index}`)
    centre.feed(ids.flatMap((id) => call(id, startMs + minuteMs)))
    await passTime(centre, [here, away], 30 * minuteMs)
    await away.service.stop()
    centre.feed(
      ids.flatMap((id) => call(`late-${id}`, startMs + minuteMs)),
      late,
    )
    await passTime(centre, [here], 2 * minuteMs)
    expect((await centre.heads()).some(({ journalRanges }) => journalRanges > 0)).toBe(true)
    await passTime(centre, [here, await centre.join({ shards: [2, 3] })], 2 * minuteMs)
    expect(toldOf(centre.closed, quarter).at(-1)).toEqual(told(16))
    expect((await centre.heads()).map(({ journalRanges }) => journalRanges)).toEqual([0, 0, 0, 0])
  })

  test('without a shard that stands still is partial, and told again when the shard has come up', async () => {
    const centre = createCentre({ config: settings(), startMs, partitions: 2 })
    const [moving, still] = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    const ids = Array.from({ length: 16 }, (_, index) => `call-${index}`)
    await passTime(centre, [moving, still], minuteMs)
    centre.feed(ids.flatMap((id) => call(id, startMs + 2 * minuteMs, `queue-${id}`)))
    await passTime(centre, [moving], 20 * minuteMs)
    const keys = ids.map((id) => quarter.replace('||', `|queueId=queue-${id}|`))
    const meanwhile = keys.flatMap((key) => toldOf(centre.closed, key))
    expect(new Set(meanwhile.map(({ partial }) => partial))).toEqual(new Set([true]))
    await passTime(centre, [moving, still], 5 * minuteMs)
    for (const key of keys) expect(toldOf(centre.closed, key).at(-1), key).toEqual(told(1))
  })

  test('that was told of what stood open in a shard that stands still is told again, though nothing is open since', async () => {
    const { centre, moving, still, keysOf } = await openTickets()
    await passTime(centre, [moving], 50 * minuteMs)
    const keys = keysOf('2026-03-02T10:30:00.000Z')
    expect(keys.map((key) => openIn(centre, key))).toContain(1)
    await passTime(centre, [moving, still], 5 * minuteMs)
    for (const key of keys) expect(openIn(centre, key) ?? 0, key).toBe(0)
  })

  test('that was told of what stood open in the second of two shards that stand still is told again as well', async () => {
    const centre = createCentre({ config: settings(), startMs, partitions: 3 })
    const [moving, still, stillNext] = [
      await centre.join({ shards: [0] }),
      await centre.join({ shards: [1] }),
      await centre.join({ shards: [2] }),
    ]
    const ids = Array.from({ length: 24 }, (_, index) => `ticket-${index}`)
    await passTime(centre, [moving, still, stillNext], minuteMs)
    await passTime(centre, [moving, stillNext], 5 * minuteMs)
    centre.feed(ids.map((id) => ticket('ticket.created', id, centre.clock.nowMs)))
    await passTime(centre, [moving, stillNext], 2 * minuteMs)
    centre.feed(ids.map((id) => ticket('ticket.closed', id, centre.clock.nowMs)))
    await passTime(centre, [moving], 50 * minuteMs)
    const empty = '2026-03-02T10:30:00.000Z'
    const keys = ids.map((id) => `acme|queueId=queue-${id}|interval-15m|${empty}`)
    expect(keys.map((key) => openIn(centre, key))).toContain(1)
    await passTime(centre, [moving, still, stillNext], 5 * minuteMs)
    for (const key of keys) expect(openIn(centre, key) ?? 0, key).toBe(0)
  })

  test('that was told so by one who vanished before it could note that is told again', async () => {
    const { centre, moving, still, keysOf } = await openTickets()
    await passTime(centre, [moving], 12 * minuteMs)
    centre.clock.nowMs += 20 * minuteMs
    const vanishing = await centre.join({ shards: [0] })
    await passTime(centre, [vanishing], minuteMs)
    const quarterMs = 15 * minuteMs
    expect((await centre.heads())[0]?.closedMs).toBeLessThan(startMs + quarterMs)
    const keys = keysOf('2026-03-02T10:15:00.000Z')
    expect(keys.map((key) => openIn(centre, key))).toContain(1)
    await passTime(centre, [await centre.join({ shards: [0] }), still], 5 * minuteMs)
    for (const key of keys) expect(openIn(centre, key) ?? 0, key).toBe(0)
  })

  test('that was told so by one who died of its first telling is told again where the shard is up before another closes', async () => {
    const { centre, still, keysOf } = await openTickets()
    const keys = await dieOfTelling(centre, keysOf)
    await passTime(centre, [still], 20_000)
    await passTime(centre, [await centre.join({ shards: [0] }), still], 5 * minuteMs)
    for (const key of keys) expect(openIn(centre, key) ?? 0, key).toBe(0)
  })

  test('that was told so by one who died of its first telling is told again where the shard comes up batch by batch', async () => {
    const config = settings({ limits: { batchRecordsMax: 10 } })
    const { centre, still, keysOf } = await openTickets(config)
    const others = Array.from({ length: 180 }, (_, index) =>
      call(`call-${index}`, startMs + 2 * minuteMs + index * 10_000),
    )
    centre.feed(others.flat())
    const keys = await dieOfTelling(centre, keysOf)
    await still.round()
    const third = await centre.join({ shards: [0] })
    for (let turn = 0; turn < 60; turn++) {
      centre.clock.nowMs += 100
      await still.round()
      await third.round()
    }
    await passTime(centre, [third, still], 5 * minuteMs)
    for (const key of keys) expect(openIn(centre, key) ?? 0, key).toBe(0)
  })

  test.each(Array.from({ length: 16 }, (_, index) => index + 1))(
    'is right whenever its publisher dies: call %i after the late event',
    async (atCall) => {
      const centre = createCentre({ config: settings(), startMs })
      const first = await centre.join()
      centre.feed(call('call-1', startMs + minuteMs))
      await passTime(centre, [first], 30 * minuteMs)
      await first.service.stop()
      centre.feed(call('call-2', startMs + 2 * minuteMs), late)
      const dying = await centre
        .join(createDeadlyPorts(centre, { atCall, isDone: atCall % 2 === 0 }))
        .then((process) => passTime(centre, [process], minuteMs))
        .catch((error: unknown) => error)
      expect(dying === undefined || dying instanceof ProcessKilled).toBe(true)
      await passTime(centre, [await centre.join()], minuteMs)
      expect(toldOf(centre.closed, quarter).at(-1)).toEqual(told(2))
    },
  )

  test('is told again where who told it died before it could note so, and it is empty since', async () => {
    let isToldByTheDead = false
    for (let atCall = 1; atCall <= 16; atCall++) {
      const centre = createCentre({ config: settings(), startMs })
      const first = await centre.join()
      await passTime(centre, [first], minuteMs)
      await first.service.stop()
      const [queued] = call('call-1', centre.clock.nowMs)
      centre.feed([queued as Event])
      centre.clock.nowMs += 30 * minuteMs
      await centre
        .join(createDeadlyPorts(centre, { atCall, isDone: true }))
        .then((process) => passTime(centre, [process], minuteMs))
        .catch((error: unknown) => expect(error).toBeInstanceOf(ProcessKilled))
      isToldByTheDead ||= toldOf(centre.closed, quarter).length > 0
      const retraction = { callId: 'call-1', retracts: 'call.queued-1', occurredAt: centre.clock.nowMs }
      centre.feed([event('event.retracted', retraction)])
      await passTime(centre, [await centre.join()], 30 * minuteMs)
      const last = toldOf(centre.closed, quarter).at(-1)
      if (last) expect(last.offered, `call ${atCall}`).toBe(0)
    }
    expect(isToldByTheDead).toBe(true)
  })
})

describe('what can no longer be cut', () => {
  test('quarters of an hour are corrected for 62 days, whole days for longer', async () => {
    const dayMs = 24 * hourMs
    const time = { source: 'events', latenessMs: 365 * dayMs, driftMs: 365 * dayMs }
    const windows = ['interval-15m', 'today']
    const publish = [{ scopes: [[]], windows, metrics: ['callsOffered'], everyMs: 100 }]
    const centre = createCentre({ config: { scopes: [[]], time, publish }, startMs })
    const process = await centre.join()
    const days = Array.from({ length: 80 }, (_, index) => startMs + index * dayMs)
    for (const [index, atMs] of days.entries()) {
      centre.feed(call(`call-${index}`, atMs))
      await passTime(centre, [process], 1_000)
    }
    const before = centre.closed.length
    centre.feed([...call('late-10', days[10] as number), ...call('late-40', days[40] as number)])
    await passTime(centre, [process], minuteMs)
    const isoOf = (index: number) => new Date(days[index] as number).toISOString()
    expect(
      centre.closed
        .slice(before)
        .map(({ key }) => key)
        .sort(),
    ).toEqual([
      `acme||interval-15m|${isoOf(40)}`,
      `acme||today|${isoOf(10).replace('T10', 'T00')}`,
      `acme||today|${isoOf(40).replace('T10', 'T00')}`,
    ])
  })
})
