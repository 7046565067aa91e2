import { expect, test } from 'vitest'
import { decodeHead, encodeHead } from '../src/core/shard-codec.ts'
import { createRebuildingCentre } from './support/rebuilding.ts'

const config = { time: { source: 'events' } }

const openCentre = () => createRebuildingCentre({ partitions: 2, config })

test('R13: a store without any state is refused where the log was read before', async () => {
  const centre = openCentre()
  centre.read.add(1)
  await expect(centre.follow(config)).rejects.toMatchObject({
    code: 'state-missing',
    message: expect.stringContaining('floorwatch rebuild --swap'),
  })
})

test('R13: a shard that vanishes under a running process is not begun anew', async () => {
  const centre = openCentre()
  const store = await centre.follow(config)
  await store.takeShard(0, 1)
  centre.read.add(0)
  await expect(store.takeShard(0, 2)).rejects.toMatchObject({ code: 'state-missing', retriable: false })
})

test('a first start, of which the log knows nothing, begins', async () => {
  const store = await openCentre().follow(config)
  expect(await store.takeShard(0, 1)).toMatchObject({ lastId: '', head: null })
})

test('another identity than the live state was made with is refused at the start', async () => {
  const centre = openCentre()
  await centre.follow(config)
  await expect(centre.follow({ time: { source: 'events', zone: 'Asia/Tokyo' } })).rejects.toMatchObject({
    code: 'state-identity-differs',
  })
})

test('after a swap the shards taken before are to be taken anew, and writers of the former state are fenced', async () => {
  const centre = openCentre()
  const store = await centre.follow(config)
  const { epoch } = await store.takeShard(0, 1)
  expect(await store.findMoved?.()).toEqual([])
  const session = await centre.rebuild(config)
  await session.swap()
  const nothing = { subjects: new Map(), cells: new Map(), open: new Map(), journal: new Map() }
  const commit = { epoch, previousId: '', id: 'a', head: new Uint8Array(), ...nothing }
  expect(await store.commit(0, commit)).toBe('fenced')
  expect(await store.findMoved?.()).toEqual([0])
  await store.takeShard(0, 2)
  expect(await store.findMoved?.()).toEqual([])
})

test('a process whose rules are not those of the state that was swapped in ends, and says why', async () => {
  const centre = openCentre()
  const store = await centre.follow(config)
  const session = await centre.rebuild({ ...config, serviceLevel: { default: { thresholdMs: 5_000 } } })
  await session.swap()
  await expect(store.findMoved?.()).rejects.toMatchObject({
    code: 'state-swapped',
    message: expect.stringContaining('start this process with that one'),
  })
})

test('revisions that the former state had reserved, however far ahead, are below those of the next', async () => {
  const centre = openCentre()
  const process = await centre.joinFollowing(config)
  await process.settle()
  const former = await centre.memory.open('')
  const { epoch, lastId, head } = await former.takeShard(1, 2)
  if (!head) throw new Error('nothing was committed')
  const reserved = 9_000_000_000_000_000
  const nothing = { subjects: new Map(), cells: new Map(), open: new Map(), journal: new Map() }
  const far = encodeHead({ ...decodeHead(head), revisionTo: reserved })
  expect(await former.commit(1, { epoch, previousId: lastId, id: 'far', head: far, ...nothing })).toBe(
    'committed',
  )
  const session = await centre.rebuild(config)
  await session.swap()
  const taken = await (await centre.follow(config)).takeShard(0, 3)
  expect(taken.head && decodeHead(taken.head).revisionTo).toBe(reserved)
})
