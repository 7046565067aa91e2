import { expect, test } from 'vitest'
import { showWallboard, type WallboardIo } from '../../src/commands/wallboard.ts'
import type { SnapshotSource } from '../../src/ports.ts'

function ioOf(changes: Partial<WallboardIo> = {}) {
  const done: string[] = []
  const snapshots: SnapshotSource = {
    subscribe: () => () => undefined,
    latest: () => [],
    close: async () => void done.push('snapshots closed'),
  }
  let fail: (error: Error) => void = () => undefined
  const io: WallboardIo = {
    stopped: new Promise(() => undefined),
    openSnapshots: async (onFatal) => {
      fail = onFatal
      return snapshots
    },
    openWall: async () => ({ url: 'http://wall', close: async () => void done.push('wall closed') }),
    print: (line) => void done.push(line),
    exit: (code) => void done.push(`exit ${code}`),
    metricsTopic: 'metrics',
    ...changes,
  }
  return { io, done, fail: (error: Error) => fail(error) }
}

test('it tells the topic and the address, and closes the wall before what it reads', async () => {
  const { io, done } = ioOf({ stopped: Promise.resolve('SIGTERM') })
  await showWallboard(io)
  expect(done).toEqual([
    'Floorwatch shows metrics',
    '  wallboard  http://wall',
    'Ctrl-C ends it.',
    'wall closed',
    'snapshots closed',
    'stopped',
  ])
})

test('snapshots that can be read no more end it with their error, everything closed', async () => {
  const { io, done, fail } = ioOf()
  const shown = showWallboard(io)
  await Promise.resolve()
  fail(new Error('the topic is gone'))
  await expect(shown).rejects.toThrow('the topic is gone')
  expect(done.at(-1)).toBe('snapshots closed')
})

test('a busy port leaves nothing open', async () => {
  const { io, done } = ioOf({ openWall: () => Promise.reject(new Error('port 8080 is busy')) })
  await expect(showWallboard(io)).rejects.toThrow('port 8080 is busy')
  expect(done).toEqual(['snapshots closed'])
})

test('told to stop while its snapshots are being opened it ends at once with 0', async () => {
  const { io, done } = ioOf({
    stopped: Promise.resolve('SIGINT'),
    openSnapshots: () => new Promise(() => undefined),
  })
  await showWallboard(io)
  expect(done).toEqual(['stopped', 'exit 0'])
})
