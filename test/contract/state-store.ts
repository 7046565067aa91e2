import { afterEach, describe, expect, it } from 'vitest'
import type { Epoch, StateStore } from '../../src/ports.ts'
import { commitOf, plainMap } from './plain-state.ts'
import { describeChanges, describeModel } from './state-store-changes.ts'
import { describeCommits, describeValues } from './state-store-commits.ts'
import { CHAIN_LENGTH, NOW_MS, type OpenFresh, readModel, SHARD, type StoreBench } from './store-bench.ts'

export type StateStoreContract = {
  /** The store under test must be opened with this chain length. */
  readonly openBench: (options: { readonly chainLength: number }) => Promise<StoreBench>
  readonly modelRuns: number
}

/** What a `StateStore` must do, whatever holds the state. */
export const describeStateStore = (name: string, { openBench, modelRuns }: StateStoreContract): void => {
  describe(`${name} as a state store`, () => {
    const benches: StoreBench[] = []
    afterEach(async () => {
      await Promise.all(benches.splice(0).map((bench) => bench.close()))
    })
    const openFresh = async (chainLength = CHAIN_LENGTH): Promise<StoreBench> => {
      const bench = await openBench({ chainLength })
      benches.push(bench)
      return bench
    }
    describeIdentity(openFresh)
    describeTaking(openFresh)
    describeCommits(openFresh)
    describeValues(openFresh)
    describeChanges(openFresh)
    describeModel(openFresh, modelRuns)
  })
}

const describeIdentity = (openFresh: OpenFresh): void => {
  it('the first identity is written, the same one is accepted and another is refused', async () => {
    const bench = await openFresh()
    const [first, second] = [await bench.openStore(), await bench.openStore()]
    await first.checkIdentity('partitions=4,zone=UTC')
    await second.checkIdentity('partitions=4,zone=UTC')
    await expect(second.checkIdentity('partitions=8,zone=UTC')).rejects.toMatchObject({
      code: 'state-identity-differs',
      retriable: false,
    })
    await first.checkIdentity('partitions=4,zone=UTC')
  })

  it('a store is closed twice without harm', async () => {
    const store = await (await openFresh()).openStore()
    await store.close()
    await store.close()
  })
}

const describeTaking = (openFresh: OpenFresh): void => {
  it('a shard never written is empty', async () => {
    const store = await (await openFresh()).openStore()
    const state = await store.takeShard(SHARD, NOW_MS)
    expect(state).toMatchObject({ lastId: '', head: null, epoch: { counter: NOW_MS } })
    expect([state.cells.size, state.open.size, await store.lastCommitId(SHARD)]).toEqual([0, 0, ''])
  })

  it('an epoch is the clock, or one more than the last where the clock lags, with a nonce of its own', async () => {
    const bench = await openFresh()
    const [first, second] = [await bench.openStore(), await bench.openStore()]
    const epochs = [
      (await first.takeShard(SHARD, NOW_MS)).epoch,
      (await second.takeShard(SHARD, NOW_MS - 5_000)).epoch,
      (await first.takeShard(SHARD, NOW_MS + 5_000)).epoch,
    ]
    expect(epochs.map((epoch) => epoch.counter)).toEqual([NOW_MS, NOW_MS + 1, NOW_MS + 5_000])
    expect(new Set(epochs.map((epoch) => epoch.nonce)).size).toBe(3)
  })

  it('shards are apart', async () => {
    const store = await (await openFresh()).openStore()
    const [one, two] = [await store.takeShard(1, NOW_MS), await store.takeShard(2, NOW_MS)]
    expect(await store.commit(1, commitOf(one.epoch, ['', 'a'], { open: { x: 'one' } }))).toBe('committed')
    expect(await store.lastCommitId(2)).toBe('')
    expect(await store.commit(2, commitOf(two.epoch, ['', 'b'], {}))).toBe('committed')
    expect(plainMap((await store.takeShard(2, NOW_MS)).open)).toEqual({})
  })

  it('law 4: a writer whose epoch is stale is fenced and changes nothing', async () => {
    const bench = await openFresh()
    const [zombie, successor] = [await bench.openStore(), await bench.openStore()]
    const old = await zombie.takeShard(SHARD, NOW_MS)
    await zombie.commit(
      SHARD,
      commitOf(old.epoch, ['', 'a'], { cells: { s: { f: 'kept' } }, subjects: { x: 'kept' } }),
    )
    await successor.takeShard(SHARD, NOW_MS)
    const stale = commitOf(old.epoch, ['a', 'b'], {
      cells: { s: null },
      subjects: { x: null },
      open: { o: 'no' },
    })
    expect(await zombie.commit(SHARD, stale)).toBe('fenced')
    expect(await readModel(successor)).toEqual({
      lastId: 'a',
      head: 'head a',
      journal: {},
      subjects: { x: 'kept' },
      cells: { s: { f: 'kept' } },
      open: {},
    })
  })

  it('an epoch of the same counter with another nonce is fenced', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    const twin: Epoch = { counter: epoch.counter, nonce: 'ffff' }
    expect(await store.commit(SHARD, commitOf(twin, ['', 'a'], {}))).toBe('fenced')
  })

  it('a shard nobody has taken is fenced', async () => {
    const store = await (await openFresh()).openStore()
    expect(await store.commit(SHARD, commitOf({ counter: 1, nonce: 'x' }, ['', 'a'], {}))).toBe('fenced')
  })

  it('of two writers racing for a shard one commits and the other is fenced, at every interleaving tried', async () => {
    const bench = await openFresh()
    const stores = [await bench.openStore(), await bench.openStore()]
    for (let round = 0; round < 20; round += 1) {
      const before = await stores[0]?.lastCommitId(SHARD)
      const race = async (store: StateStore, id: string) => {
        const { epoch, lastId } = await store.takeShard(SHARD, NOW_MS)
        return store.commit(SHARD, commitOf(epoch, [lastId, id], { open: { winner: id } }))
      }
      const outcomes = await Promise.allSettled(stores.map((store, i) => race(store, `${round}-${i}`)))
      const committed = outcomes.flatMap((outcome, i) =>
        outcome.status === 'fulfilled' && outcome.value === 'committed' ? [`${round}-${i}`] : [],
      )
      const state = await (stores[0] as StateStore).takeShard(SHARD, NOW_MS)
      expect(state.lastId).toBe(committed.at(-1) ?? before)
      expect(committed.length === 0 || plainMap(state.open).winner === committed.at(-1)).toBe(true)
    }
  })
}
