import { expect, test } from 'vitest'
import { type Event, parseEvent } from '../src/core/events.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'
import { createRebuildingCentre } from './support/rebuilding.ts'

const sets = [[], ['queueId']]
const configOf = (thresholdMs: number, time: object = { source: 'events' }) => ({
  time,
  limits: { batchRecordsMax: 5 },
  scopes: sets,
  serviceLevel: { default: { thresholdMs } },
  publish: [{ scopes: sets, windows: ['15m', 'today'], metrics: ['all'], everyMs: 100 }],
})
const config = configOf(20_000)
const stricter = configOf(5_000)
const startMs = Date.UTC(2026, 2, 2, 9)

const parse = (raw: object): Event => {
  const parsed = parseEvent(raw)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.event
}

/** Calls a minute apart, each answered after ten seconds. */
const calls = (count: number, firstCall = 0): Event[] =>
  Array.from({ length: count }, (_, number) => {
    const atMs = startMs + (firstCall + number) * 60_000
    const call = { callId: `c${firstCall + number}`, queueId: `q${number % 2}`, tenantId: 'acme' }
    return [
      parse({ ...call, type: 'call.queued', eventId: 'e0', occurredAt: atMs }),
      parse({ ...call, type: 'call.answered', eventId: 'e1', occurredAt: atMs + 10_000, agentId: 'anna' }),
    ]
  }).flat()

const settle = async ({ clock }: Centre, process: Process): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) {
    clock.nowMs += 1_000
    await process.settle()
  }
}

const openRunning = async (events: readonly Event[], running: object = config) => {
  const centre = createRebuildingCentre({ partitions: 2, config: running })
  centre.clock.nowMs = startMs + 3_600_000
  centre.feed(events)
  const process = await centre.joinFollowing(running)
  await settle(centre, process)
  return { centre, process }
}

test('a state counted anew under the same rules tells nothing different, however far the running one has come', async () => {
  for (const time of [{ source: 'events' }, { source: 'clock' }]) {
    const { centre, process } = await openRunning(calls(20), configOf(20_000, time))
    centre.feed(calls(10, 20))
    await process.round()
    const session = await centre.rebuild(configOf(20_000, time))
    const comparison = await session.compare()
    expect(comparison?.differences).toEqual([])
    expect(comparison?.valueCount).toBeGreaterThan(100)
    await session.close()
  }
})

test('other rules are told value by value: scope, window, metric, before and after', async () => {
  const { centre } = await openRunning(calls(8))
  const session = await centre.rebuild(stricter)
  const { differences = [] } = (await session.compare()) ?? {}
  expect(differences).toContainEqual({
    tenantId: 'acme',
    scope: { queueId: 'q0' },
    window: 'total',
    metric: 'serviceLevel',
    unit: 'ratio',
    running: expect.objectContaining({ value: 1, numerator: 4, denominator: 4 }),
    rebuilt: expect.objectContaining({ value: 0, numerator: 0, denominator: 4 }),
  })
  expect(new Set(differences.map(({ metric }) => metric))).toEqual(new Set(['serviceLevel']))
  await session.close()
})

test('a rebuild that was cut short goes on where it stood, and counts no record twice', async () => {
  const { centre } = await openRunning(calls(20))
  const first = await centre.rebuild(stricter)
  await first.compare()
  await first.close()
  centre.feed(calls(5, 20))
  const second = await centre.rebuild(stricter, { isResumed: true })
  await second.swap()
  await second.close()
  const process = await centre.joinFollowing(stricter)
  await settle(centre, process)
  const untouched = createCentre({ partitions: 2, config: stricter })
  untouched.feed(calls(25))
  await settle(untouched, await untouched.join())
  const read = (from: typeof untouched, key: string) => from.current().get(key)?.metrics
  for (const key of untouched.current().keys()) expect(read(centre, key)).toEqual(read(untouched, key))
  const counters = [...process.service.heads().values()].map(({ counters: { records } }) => records ?? 0)
  expect(counters.reduce((sum, count) => sum + count, 0)).toBe(50)
})

test('a rebuild under other rules than those it was begun with is refused', async () => {
  const { centre } = await openRunning(calls(2))
  await (await centre.rebuild(stricter)).close()
  await expect(centre.rebuild(config, { isResumed: true })).rejects.toMatchObject({ code: 'usage-invalid' })
})

test('of two rebuilds that swap at once one is refused', async () => {
  const { centre } = await openRunning(calls(4))
  const [one, other] = [
    await centre.rebuild(stricter, { name: 'a' }),
    await centre.rebuild(stricter, { name: 'b' }),
  ]
  await one.swap()
  await expect(other.swap()).rejects.toMatchObject({ code: 'state-swapped' })
  expect(await centre.memory.generations.live()).toMatchObject({ name: 'a', former: '' })
})

test('without a live state there is nothing to compare with, and the log is counted to its end', async () => {
  const centre = createRebuildingCentre({ partitions: 2, config })
  centre.clock.nowMs = startMs
  centre.feed(calls(3))
  const session = await centre.rebuild(config)
  expect(await session.compare()).toBeUndefined()
  await session.swap()
  await session.close()
  const process = await centre.joinFollowing(config)
  await settle(centre, process)
  expect(centre.current().get('acme||15m')?.metrics.callsAnswered).toMatchObject({ value: 3 })
})

test('begun later than the log, the rebuilt state says what it does not cover', async () => {
  const { centre } = await openRunning(calls(20))
  const session = await centre.rebuild(config, { fromMs: startMs + 10 * 60_000 })
  await session.swap()
  await session.close()
  const process = await centre.joinFollowing(config)
  await settle(centre, process)
  expect(centre.current().get('acme||today')).toMatchObject({ partial: true })
})

test('what is published after a swap outranks all that was published before', async () => {
  const { centre, process } = await openRunning(calls(6))
  const highest = Math.max(...centre.sent.map(({ revision }) => revision))
  const sentBefore = centre.sent.length
  const session = await centre.rebuild(config)
  await session.swap()
  await session.close()
  await settle(centre, process)
  const after = centre.sent.slice(sentBefore)
  expect(after.length).toBeGreaterThan(0)
  expect(Math.min(...after.map(({ revision }) => revision))).toBeGreaterThan(highest)
})

test('a state whose days are cut in another zone is read by its own days, and processes of the old zone end', async () => {
  const { centre, process } = await openRunning(calls(20))
  const elsewhere = configOf(20_000, { source: 'events', zone: 'Pacific/Auckland' })
  const session = await centre.rebuild(elsewhere)
  const { differences = [] } = (await session.compare()) ?? {}
  expect(differences.filter(({ window }) => window !== 'today')).toEqual([])
  await session.swap()
  await session.close()
  await expect(settle(centre, process)).rejects.toMatchObject({
    code: 'state-swapped',
    message: expect.stringContaining('Pacific/Auckland'),
  })
})

test('a log that has lost its beginning is told of, also when the rebuild was cut short in between', async () => {
  const { centre } = await openRunning(calls(20))
  for (const shard of [0, 1]) centre.log.trim('call-queue', shard, 6n)
  const first = await centre.rebuild(stricter)
  await first.compare()
  const lostBeforeMs = first.completeFromMs()
  expect(lostBeforeMs).toBeGreaterThan(startMs)
  await first.close()
  centre.feed(calls(5, 20))
  const second = await centre.rebuild(stricter, { isResumed: true })
  expect(second.completeFromMs()).toBe(lostBeforeMs)
  await second.swap()
  await second.close()
  const process = await centre.joinFollowing(stricter)
  await settle(centre, process)
  expect(centre.current().get('acme||today')).toMatchObject({ partial: true })
  const heads = [...process.service.heads().values()]
  expect(heads.map(({ coveredFromMs }) => coveredFromMs)).toEqual([lostBeforeMs, lostBeforeMs])
})

const lostLogs: [string, (centre: Centre) => Centre][] = [
  [
    'has overtaken it',
    (centre) => {
      centre.feed(calls(20, 20))
      for (const shard of [0, 1])
        centre.log.trim('call-queue', shard, centre.log.range('call-queue', shard).high - 2n)
      return centre
    },
  ],
  [
    'was made anew and is shorter',
    () => {
      const anew = createCentre({ partitions: 2, config })
      anew.feed(calls(2, 20))
      return anew
    },
  ],
]

test.each(lostLogs)('K16: where the log %s, a state is counted from what is left', async (_, lose) => {
  const { centre } = await openRunning(calls(20))
  const left = lose(centre)
  const session = await centre.rebuild(config, { centre: left })
  expect(await session.compare()).toBeUndefined()
  await session.swap()
  await session.close()
  const process = await centre.joinFollowing(config)
  const heads = [...process.service.heads().values()]
  expect(heads.map(({ next }) => BigInt(next['call-queue'] ?? 0))).toEqual(
    [0, 1].map((shard) => left.log.range('call-queue', shard).high),
  )
})
