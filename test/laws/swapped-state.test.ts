import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { decodeHead, type ShardHead } from '../../src/core/shard-codec.ts'
import { FloorwatchError } from '../../src/errors.ts'
import { history, rearranged } from '../support/arbitraries.ts'
import { type Centre, countersOf, createCentre, type Process } from '../support/centre.ts'
import { createRebuildingCentre, type RebuildingCentre } from '../support/rebuilding.ts'

const sets = [[], ['queueId']]
const configOf = (thresholdMs: number) => ({
  time: { source: 'events', latenessMs: 1_000 * 86_400_000 },
  limits: { batchRecordsMax: 2 },
  scopes: sets,
  serviceLevel: { default: { thresholdMs } },
  publish: [{ scopes: sets, windows: ['now', 'total', '24h'], metrics: ['all'], everyMs: 100 }],
})
const [before, after] = [configOf(20_000), configOf(3_000)]

const settle = async (centre: Centre, processes: readonly Process[]): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) {
    centre.clock.nowMs += 1_000
    for (const process of processes) await process.settle()
  }
}

const numbersOf = (centre: Centre) =>
  [...centre.current()]
    .filter(([, { metrics }]) => Object.values(metrics).some(({ n, value }) => n !== 0 || value))
    .map(([key, { metrics, worst }]) => ({ key, metrics, worst }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))

const undisturbed = async (events: readonly Event[], config: object): Promise<Centre> => {
  const centre = createCentre({ partitions: 2, config })
  centre.feed(events)
  await settle(centre, [await centre.join()])
  return centre
}

/** As supervisors do: what ended over another configuration is started with the new one. */
const goOn = async (
  centre: RebuildingCentre,
  processes: Process[],
  config: object,
): Promise<readonly Process[]> => {
  const shards = [[0], [1]]
  for (const [number, process] of processes.entries()) {
    try {
      await settle(centre, [process])
    } catch (error) {
      if (!(error instanceof FloorwatchError && error.code === 'state-swapped')) throw error
      processes[number] = await centre.joinFollowing(config, { shards: shards[number] ?? [] })
    }
  }
  await settle(centre, processes)
  return processes
}

const moments = fc.record({
  /** Events fed before the rebuild begins, before it swaps, and after: shares. */
  begin: fc.double({ min: 0, max: 1, noNaN: true }),
  swap: fc.double({ min: 0, max: 1, noNaN: true }),
  /** Rounds that the processes go between the swap and the rest. */
  rounds: fc.integer({ min: 0, max: 5 }),
})

type Moments = { readonly begin: number; readonly swap: number; readonly rounds: number }

const rebuilt = async (events: readonly Event[], config: object, at: Moments): Promise<RebuildingCentre> => {
  const centre = createRebuildingCentre({ partitions: 2, config: before })
  const processes = [
    await centre.joinFollowing(before, { shards: [0] }),
    await centre.joinFollowing(before, { shards: [1] }),
  ]
  const first = Math.floor(events.length * at.begin)
  const second = first + Math.floor((events.length - first) * at.swap)
  centre.feed(events.slice(0, first))
  await settle(centre, processes)
  const session = await centre.rebuild(config)
  await session.compare()
  centre.feed(events.slice(first, second))
  for (const process of processes) await process.round()
  await session.swap()
  await session.close()
  centre.feed(events.slice(second))
  for (let round = 0; round < at.rounds && config === before; round++)
    for (const process of processes) await process.round()
  await goOn(centre, processes, config)
  return centre
}

/**
 * What became of the records. Of payloads that differ under one id, told on two topics, one order of the topics finds a duplicate
 * where another finds a conflict: together they are as many.
 */
const fatesOf = (heads: readonly ShardHead[]) => {
  const { applied = 0, duplicate = 0, notCounted = 0, records = 0, ...others } = countersOf(heads)
  return { applied, notCounted, records, repeated: duplicate + (others['deadLetter.conflicting'] ?? 0) }
}

const countedBy = async (centre: RebuildingCentre) => {
  const store = await centre.memory.open('new')
  const heads = await Promise.all(
    [0, 1].map(async (shard) => {
      const { head } = await store.readChanges(shard, { sinceId: '', wanted: () => false })
      if (!head) throw new Error(`shard ${shard} has no head`)
      return decodeHead(head)
    }),
  )
  return fatesOf(heads)
}

const expectedOf = async (centre: Centre) => fatesOf(await centre.heads())

describe('law 3: a swapped state', () => {
  test('swapped at any moment under running processes, the numbers are those of a run that was never disturbed', async () => {
    await fc.assert(
      fc.asyncProperty(history.chain(rearranged), moments, async (events, at) => {
        const [untouched, swapped] = [await undisturbed(events, before), await rebuilt(events, before, at)]
        expect(numbersOf(swapped)).toEqual(numbersOf(untouched))
        expect(await countedBy(swapped)).toEqual(await expectedOf(untouched))
      }),
      { numRuns: 40 },
    )
  })

  test('swapped for a state of other rules, the numbers are those of a run that knew no other', async () => {
    await fc.assert(
      fc.asyncProperty(history.chain(rearranged), moments, async (events, at) => {
        const [untouched, swapped] = [await undisturbed(events, after), await rebuilt(events, after, at)]
        expect(numbersOf(swapped)).toEqual(numbersOf(untouched))
        expect(await countedBy(swapped)).toEqual(await expectedOf(untouched))
      }),
      { numRuns: 40 },
    )
  })
})
