import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Event, kafkaKeyOf } from '../../src/core/events.ts'
import { partitionFor } from '../../src/core/partition.ts'
import { decodeHead, type ShardHead } from '../../src/core/shard-codec.ts'
import { FloorwatchError } from '../../src/errors.ts'
import type { StateStore } from '../../src/ports.ts'
import { history, rearranged } from '../support/arbitraries.ts'
import { type Centre, countersOf, createCentre } from '../support/centre.ts'
import { createRebuildingCentre, type RebuildingCentre } from '../support/rebuilding.ts'

const partitions = 4
const sets = [[], ['queueId']]
const config = {
  time: { source: 'events', latenessMs: 1_000 * 86_400_000 },
  limits: { batchRecordsMax: 2 },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['now', 'total', '24h'], metrics: ['all'], everyMs: 100 }],
}

/** Commits that come to nothing or whose reply is lost, by their number. */
type Doubt = { readonly atCommit: number; readonly isDone: boolean }

const doubtful = (store: StateStore, doubts: readonly Doubt[]): StateStore => {
  let commits = 0
  return {
    ...store,
    commit: async (shard, commit) => {
      const doubt = doubts.find(({ atCommit }) => atCommit === commits)
      commits++
      if (!doubt) return store.commit(shard, commit)
      if (doubt.isDone) await store.commit(shard, commit)
      throw new FloorwatchError('redis-outcome-unknown', 'no reply')
    },
  }
}

const settle = async (centre: Centre, process: Awaited<ReturnType<Centre['join']>>): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) {
    centre.clock.nowMs += 1_000
    await process.settle()
  }
}

const numbersOf = (centre: Centre) =>
  [...centre.current()]
    .filter(([, { metrics }]) => Object.values(metrics).some(({ n, value }) => n !== 0 || value))
    .map(([key, { metrics, worst }]) => ({ key, metrics, worst }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))

/** Each event lies where a producer put it that knew of two partitions, or of four. */
const feedGrown = (centre: Centre, events: readonly Event[], grownAfter: number): void => {
  for (const [place, event] of events.entries()) {
    const known = place < grownAfter ? 2 : partitions
    centre.feed([event], { partition: partitionFor(kafkaKeyOf(event), known, 'murmur2'), timestampMs: place })
  }
}

const undisturbed = async (events: readonly Event[]): Promise<Centre> => {
  const centre = createCentre({ partitions, config })
  centre.feed(events)
  await settle(centre, await centre.join())
  return centre
}

const regrown = async (events: readonly Event[], grownAfter: number, doubts: readonly Doubt[]) => {
  const centre = createRebuildingCentre({ partitions, config })
  feedGrown(centre, events.slice(0, -1), grownAfter)
  const openStore = async (name: string) => doubtful(await centre.memory.open(name), doubts)
  const session = await centre.rebuild(config, { reshards: true, ports: { openStore } })
  await session.swap()
  await session.close()
  feedGrown(centre, events.slice(-1), 0)
  await settle(centre, await centre.joinFollowing(config))
  return centre
}

const countersIn = async ({ memory }: RebuildingCentre) => {
  const store = await memory.open('new')
  const heads: ShardHead[] = []
  for (let shard = 0; shard < partitions; shard++) {
    const { head } = await store.readChanges(shard, { sinceId: '', wanted: () => false })
    if (head) heads.push(decodeHead(head))
  }
  expect(heads).toHaveLength(partitions)
  return countersOf(heads)
}

describe('topics that have grown', () => {
  test('rebuilt by key, whatever commits are in doubt, they end with the numbers of topics that never grew; nothing is misrouted', async () => {
    await fc.assert(
      fc.asyncProperty(
        history.chain(rearranged),
        fc.nat({ max: 40 }),
        fc.array(fc.record({ atCommit: fc.nat({ max: 20 }), isDone: fc.boolean() }), { maxLength: 3 }),
        async (events, grownAfter, doubts) => {
          const [untouched, grown] = [await undisturbed(events), await regrown(events, grownAfter, doubts)]
          expect(numbersOf(grown)).toEqual(numbersOf(untouched))
          expect(grown.deadLetters.letters().filter(({ reason }) => reason === 'misrouted')).toEqual([])
          expect((await countersIn(grown))['deadLetter.misrouted']).toBeUndefined()
        },
      ),
      { numRuns: 40 },
    )
  })
})
