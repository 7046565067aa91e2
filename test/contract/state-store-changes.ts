import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { StateStore } from '../../src/ports.ts'
import { stepArbitrary } from './arbitraries/commits.ts'
import {
  applyChanges,
  commitOf,
  emptyModel,
  type Model,
  mergeChanges,
  modelOf,
  type PlainChanges,
  plainChanges,
  plainMap,
} from './plain-state.ts'
import { NOW_MS, type OpenFresh, SHARD } from './store-bench.ts'

export const describeChanges = (openFresh: OpenFresh): void => {
  const openTwo = async (chainLength?: number) => {
    const bench = await openFresh(chainLength)
    const [writer, reader] = [await bench.openStore(), await bench.openStore()]
    const { epoch } = await writer.takeShard(SHARD, NOW_MS)
    let lastId = ''
    const commit = async (id: string, changes: PlainChanges) => {
      expect(await writer.commit(SHARD, commitOf(epoch, [lastId, id], changes))).toBe('committed')
      lastId = id
    }
    const read = async (sinceId: string, wanted: (scopeKey: string) => boolean = () => true) =>
      plainChanges(await reader.readChanges(SHARD, { sinceId, wanted }))
    return { commit, read }
  }

  it('a reader of a shard never written gets nothing', async () => {
    const { read } = await openTwo()
    expect(await read('')).toEqual({
      incremental: false,
      lastId: '',
      head: null,
      cells: {},
      open: {},
      journal: {},
    })
  })

  it('a reader without a commit gets everything', async () => {
    const { commit, read } = await openTwo()
    await commit('a', {
      cells: { s: { f: '1' }, t: { f: '1' } },
      open: { o: '1' },
      journal: { 7: '1', 8: '1' },
    })
    await commit('b', { cells: { t: null }, open: { p: '2' }, journal: { 7: null } })
    expect(await read('')).toEqual({
      incremental: false,
      lastId: 'b',
      head: 'head b',
      cells: { s: { f: '1' } },
      open: { o: '1', p: '2' },
      journal: { 8: '1' },
    })
  })

  it('a reader with a commit of the chain gets what changed since, scopes whole and deletions as null', async () => {
    const { commit, read } = await openTwo()
    await commit('a', {
      cells: { s: { f: '1' }, t: { f: '1' }, u: { f: '1' } },
      open: { o: '1', p: '1', q: '1' },
      journal: { 7: '1' },
    })
    await commit('b', { cells: { s: { g: '2' } }, open: { o: '2' }, journal: { 7: null, 8: '2' } })
    await commit('c', { cells: { t: null }, open: { p: null }, journal: { 9: '3' } })
    const head = { incremental: true, lastId: 'c', head: 'head c' }
    expect(await read('a')).toEqual({
      ...head,
      cells: { s: { f: '1', g: '2' }, t: null },
      open: { o: '2', p: null },
      journal: { 7: null, 8: '2', 9: '3' },
    })
    expect(await read('b')).toEqual({ ...head, cells: { t: null }, open: { p: null }, journal: { 9: '3' } })
    expect(await read('c')).toEqual({ ...head, cells: {}, open: {}, journal: {} })
  })

  it('a reader whose commit has left the chain gets everything', async () => {
    const { commit, read } = await openTwo()
    for (const id of ['a', 'b', 'c', 'd', 'e']) await commit(id, { cells: { [id]: { f: id } } })
    expect(await read('b')).toMatchObject({
      incremental: true,
      cells: { c: { f: 'c' }, d: { f: 'd' }, e: { f: 'e' } },
    })
    expect(Object.keys((await read('b')).cells)).toHaveLength(3)
    const behind = await read('a')
    expect([behind.incremental, Object.keys(behind.cells).sort()]).toEqual([false, ['a', 'b', 'c', 'd', 'e']])
    expect(await read('of another history')).toMatchObject({
      incremental: false,
      lastId: 'e',
      head: 'head e',
    })
  })

  it('only wanted scopes are read', async () => {
    const { commit, read } = await openTwo()
    await commit('a', { cells: { s: { f: '1' }, t: { f: '1' } } })
    await commit('b', { cells: { s: null, t: { f: '2' } } })
    const wanted = (scopeKey: string) => scopeKey === 't'
    expect((await read('', wanted)).cells).toEqual({ t: { f: '2' } })
    expect((await read('a', wanted)).cells).toEqual({ t: { f: '2' } })
  })

  it('what readers see beside a busy writer is the state of one commit, read whole or followed', async () => {
    const { commit, read } = await openTwo(100)
    const scopeKeys = Array.from({ length: 150 }, (_, i) => `s${i}`)
    const stamp = async (id: number) => {
      const cells = Object.fromEntries(scopeKeys.map((scopeKey) => [scopeKey, { f: String(id) }]))
      await commit(
        String(id),
        id % 3 === 0 ? { cells, open: { o: String(id) } } : { cells: { s7: { g: 'x' } } },
      )
    }
    await stamp(0)
    let writing = true
    const written = (async () => {
      for (let id = 1; id <= 60; id += 1) await stamp(id)
      writing = false
    })()
    let followed = await read('')
    while (writing) {
      const whole = await read('')
      const changes = await read(followed.lastId)
      followed = {
        ...changes,
        cells: { ...followed.cells, ...changes.cells },
        open: { ...followed.open, ...changes.open },
      }
      for (const seen of [whole, followed]) {
        const lastStamp = String(Number(seen.lastId) - (Number(seen.lastId) % 3))
        expect(seen.head).toBe(`head ${seen.lastId}`)
        expect(new Set(Object.values(seen.cells).map((fields) => fields?.f))).toEqual(new Set([lastStamp]))
        expect(seen.open).toEqual({ o: lastStamp })
      }
    }
    await written
    expect(await read('60')).toMatchObject({ incremental: true, cells: {} })
  })
}

export const describeModel = (openFresh: OpenFresh, runs: number): void => {
  it('after random commits the store holds what a plain map holds, and a follower of changes too', async () => {
    const store = await (await openFresh()).openStore()
    let shard = 0
    const property = fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 12 }), async (steps) => {
      shard += 1
      let { epoch } = await store.takeShard(shard, NOW_MS)
      let model: Model = emptyModel
      let follower: Model = emptyModel
      for (const [i, step] of steps.entries()) {
        if (step.retake) epoch = (await store.takeShard(shard, NOW_MS)).epoch
        const commit = commitOf(epoch, [model.lastId, `c${i}`], step.changes)
        expect(await store.commit(shard, commit)).toBe('committed')
        model = applyChanges(model, `c${i}`, step.changes)
        if (step.follow) follower = await followChanges(store, shard, follower)
      }
      follower = await followChanges(store, shard, follower)
      const state = await store.takeShard(shard, NOW_MS)
      const subjects = plainMap(await store.readSubjects(shard, Object.keys(model.subjects)))
      expect(modelOf(state, subjects)).toEqual(model)
      expect({ ...follower, subjects }).toEqual(model)
    })
    await fc.assert(property, { numRuns: runs })
  })
}

const followChanges = async (store: StateStore, shard: number, seen: Model): Promise<Model> => {
  const changes = await store.readChanges(shard, { sinceId: seen.lastId, wanted: () => true })
  const { lastId, head, cells, open, journal } = plainChanges(changes)
  const from = changes.incremental ? seen : emptyModel
  return {
    lastId,
    head,
    subjects: {},
    cells: mergeChanges(from.cells, cells),
    open: mergeChanges(from.open, open),
    journal: mergeChanges(from.journal, journal),
  }
}
