import { expect, it } from 'vitest'
import type { Bytes, Commit } from '../../src/ports.ts'
import { commitOf, plainCells, plainText } from './plain-state.ts'
import { NOW_MS, type OpenFresh, readModel, SHARD } from './store-bench.ts'

const everything = { sinceId: '', wanted: () => true }

export const describeCommits = (openFresh: OpenFresh): void => {
  it('a commit on another commit than the last has diverged and changes nothing', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], { subjects: { x: '1' }, cells: { s: { f: '1' } } }))
    const before = await readModel(store, ['x'])
    const { epoch: again } = await store.takeShard(SHARD, NOW_MS)
    const strayed = commitOf(again, ['never', 'b'], {
      subjects: { x: '2' },
      cells: { s: { f: '2' } },
      open: { o: '2' },
    })
    expect(await store.commit(SHARD, strayed)).toBe('diverged')
    expect(await readModel(store, ['x'])).toEqual(before)
  })

  it('R1: a commit sent again after a lost reply counts as committed and stands once', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    const commit = commitOf(epoch, ['', 'a'], { cells: { s: { f: '1' } }, open: { o: '1' } })
    expect([await store.commit(SHARD, commit), await store.commit(SHARD, commit)]).toEqual([
      'committed',
      'committed',
    ])
    expect(await store.lastCommitId(SHARD)).toBe('a')
    expect(await store.commit(SHARD, commitOf(epoch, ['a', 'b'], {}))).toBe('committed')
    expect(await store.commit(SHARD, commit)).toBe('diverged')
  })

  it('values are absolute: a later commit replaces, null deletes, what is not named stays', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    const first = {
      subjects: { x: '1', y: '1' },
      open: { x: '1', y: '1' },
      cells: { s: { f: '1', g: '1' }, t: { f: '1' } },
    }
    const second = {
      subjects: { x: '2', z: null },
      open: { y: null },
      cells: { s: { f: null, h: '2' }, t: null },
    }
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], first))
    await store.commit(SHARD, commitOf(epoch, ['a', 'b'], second))
    expect(await readModel(store, ['x', 'y', 'z'])).toMatchObject({
      lastId: 'b',
      subjects: { x: '2', y: '1' },
      open: { x: '1' },
      cells: { s: { g: '1', h: '2' } },
    })
  })

  it('a scope whose last field is deleted is gone, and comes back with its next field', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], { cells: { s: { f: '1' } } }))
    await store.commit(SHARD, commitOf(epoch, ['a', 'b'], { cells: { s: { f: null }, t: {} } }))
    expect(plainCells((await store.readChanges(SHARD, everything)).cells)).toEqual({})
    await store.commit(SHARD, commitOf(epoch, ['b', 'c'], { cells: { s: { g: '2' } } }))
    expect(plainCells((await store.takeShard(SHARD, NOW_MS)).cells)).toEqual({ s: { g: '2' } })
  })

  it('a commit that changes nothing but the head is a commit like any other', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    expect(await store.commit(SHARD, commitOf(epoch, ['', 'a'], {}, 'progress'))).toBe('committed')
    const state = await store.takeShard(SHARD, NOW_MS)
    expect([state.lastId, plainText(state.head)]).toEqual(['a', 'progress'])
  })

  it('commits as large as a batch may be are written and deleted whole', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    const names = Array.from({ length: 9_001 }, (_, i) => `n${i}`)
    const fill = <T>(value: T) => Object.fromEntries(names.map((name) => [name, value]))
    const scopes = Object.fromEntries(names.map((name) => [name, { f: '1' }]))
    await store.commit(
      SHARD,
      commitOf(epoch, ['', 'a'], {
        subjects: fill('1'),
        open: fill('1'),
        cells: { ...scopes, big: fill('1') },
      }),
    )
    const full = await store.takeShard(SHARD, NOW_MS)
    expect([full.cells.size, full.cells.get('big')?.size, full.open.size]).toEqual([9_002, 9_001, 9_001])
    expect((await store.readSubjects(SHARD, names)).size).toBe(9_001)
    const gone = { subjects: fill(null), open: fill(null), cells: { ...fill(null), big: fill(null) } }
    await store.commit(SHARD, commitOf(full.epoch, ['a', 'b'], gone))
    const emptied = await store.takeShard(SHARD, NOW_MS)
    expect([emptied.cells.size, emptied.open.size]).toEqual([0, 0])
    expect((await store.readSubjects(SHARD, names)).size).toBe(0)
  })
}

export const describeValues = (openFresh: OpenFresh): void => {
  it('every byte value survives in subjects, cells, open spans and the head', async () => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    const all = Uint8Array.from({ length: 512 }, (_, i) => i % 256)
    const one = (value: Bytes) => new Map([['k', value]])
    const commit: Commit = {
      ...commitOf(epoch, ['', 'a'], {}),
      head: all,
      subjects: one(all),
      open: one(all),
      cells: new Map([
        [
          's',
          new Map([
            ['all', all],
            ['empty', new Uint8Array(0)],
          ]),
        ],
      ]),
    }
    expect(await store.commit(SHARD, commit)).toBe('committed')
    const state = await store.takeShard(SHARD, NOW_MS)
    const subjects = await store.readSubjects(SHARD, ['k'])
    const values = [state.head, subjects.get('k'), state.open.get('k'), state.cells.get('s')?.get('all')]
    for (const value of values) expect(Uint8Array.from(value ?? [])).toEqual(all)
    expect(state.cells.get('s')?.get('empty')?.length).toBe(0)
  })

  it.each([
    'acme|queueId={billing}|15m',
    '{7}:head',
    'Kø·Ærø|客服|☎️😀',
    '\u0000\r\n "\'\\*?[a]',
    Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(''),
    'x'.repeat(70_000),
    '',
    '__proto__',
  ])('a key may hold any text (case %#)', async (key) => {
    const store = await (await openFresh()).openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    const one = new Map([[key, Buffer.from('v')]])
    const commit: Commit = {
      ...commitOf(epoch, ['', 'a'], {}),
      subjects: one,
      open: one,
      cells: new Map([[key, one]]),
    }
    expect(await store.commit(SHARD, commit)).toBe('committed')
    const state = await store.takeShard(SHARD, NOW_MS)
    expect([...state.open.keys(), ...state.cells.keys(), ...(state.cells.get(key)?.keys() ?? [])]).toEqual([
      key,
      key,
      key,
    ])
    expect([...(await store.readSubjects(SHARD, [key, 'other'])).keys()]).toEqual([key])
    expect([...(await store.readChanges(SHARD, everything)).cells.keys()]).toEqual([key])
  })
}
