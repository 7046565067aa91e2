import { describe, expect, test } from 'vitest'
import { createSnapshotFeed } from '../../src/wallboard/snapshot-feed.ts'
import { createFakeSnapshots, createManualClock, makeSnapshot, snapshotKey, toIso } from './fake-snapshots.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const hourMs = 3_600_000

const openFeed = () => {
  const snapshots = createFakeSnapshots()
  const feed = createSnapshotFeed({
    snapshots,
    clock: createManualClock(startMs),
    demo: false,
    keysMax: 10,
    unsaidMaxMs: 3 * hourMs,
    believeLowerAfterMs: 25_000,
    onChange: () => {},
  })
  const put = (queueId: string, asOfMs: number) => {
    const named = { scope: { queueId }, window: 'now' }
    snapshots.put(snapshotKey(named), makeSnapshot({ ...named, asOfMs, metrics: {} }))
  }
  return { snapshots, feed, put, queues: () => feed.latest().map(({ key }) => key.split(/[=|]/)[2]) }
}

describe('what is not said any more', () => {
  test('goes from the wall when others have been said for three hours since, and walls are told', () => {
    const { feed, put, queues } = openFeed()
    put('gone', startMs)
    put('idle', startMs + hourMs)
    put('busy', startMs + 3 * hourMs)
    feed.takeChanges()
    expect(queues()).toEqual(['gone', 'idle', 'busy'])
    put('busy', startMs + 3 * hourMs + 60_000)
    expect(queues()).toEqual(['idle', 'busy'])
    expect(feed.takeChanges().gone).toEqual(['default|queueId=gone|now'])
  })

  test('goes when heartbeats alone go on', () => {
    const { snapshots, put, queues } = openFeed()
    put('gone', startMs)
    snapshots.put('~heartbeat|0|now', { publisher: 0, emittedAt: toIso(startMs + 4 * hourMs) })
    expect(queues()).toEqual([])
  })

  test('does not come up where it is read after what was said since', () => {
    const { put, queues } = openFeed()
    put('busy', startMs + 4 * hourMs)
    put('gone', startMs)
    put('busy', startMs + 4 * hourMs + 60_000)
    expect(queues()).toEqual(['busy'])
  })

  test('stands while nothing is said at all: then the wall says that the processor is down', () => {
    const { put, queues } = openFeed()
    put('one', startMs)
    put('other', startMs + hourMs)
    expect(queues()).toEqual(['one', 'other'])
  })
})
