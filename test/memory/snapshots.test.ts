import { describe, expect, test } from 'vitest'
import { createMemoryDeadLetters } from '../../src/memory/dead-letters.ts'
import { createMemorySnapshots } from '../../src/memory/snapshots.ts'
import type { SnapshotRecord, SourceRecord } from '../../src/ports.ts'

const snapshot = (
  key: string,
  revision: number,
  value: string | null = `${key}${revision}`,
): SnapshotRecord => ({
  key,
  value,
  revision,
})

describe('snapshots in memory', () => {
  test('a subscriber gets the latest of each key first, then every change', async () => {
    const { sink, source } = createMemorySnapshots({ closedMax: 10 })
    await sink.publish([snapshot('a', 1), snapshot('b', 1), snapshot('a', 2)])
    const seen: SnapshotRecord[] = []
    const stop = source.subscribe((record) => seen.push(record))
    expect(seen).toEqual([snapshot('a', 2), snapshot('b', 1)])
    await sink.publish([snapshot('b', 2, null)])
    expect(seen.at(-1)).toEqual(snapshot('b', 2, null))
    expect(source.latest()).toEqual([snapshot('a', 2)])
    stop()
    await sink.publish([snapshot('a', 3)])
    expect(seen).toHaveLength(3)
  })

  test('a lower revision changes nothing', async () => {
    const { sink, source } = createMemorySnapshots({ closedMax: 10 })
    await sink.publish([snapshot('a', 5), snapshot('a', 4)])
    expect(source.latest()).toEqual([snapshot('a', 5)])
  })

  test('closed intervals stand apart, the latest revision of each, up to their limit', async () => {
    const { sink, source, closed } = createMemorySnapshots({ closedMax: 2 })
    await sink.publishClosed([snapshot('h1', 1), snapshot('h2', 1), snapshot('h1', 2), snapshot('h3', 1)])
    expect(closed()).toEqual([snapshot('h1', 2), snapshot('h3', 1)])
    expect(source.latest()).toEqual([])
  })
})

test('dead letters in memory keep the latest and count all', async () => {
  const letters = createMemoryDeadLetters({ lettersMax: 2 })
  const record: SourceRecord = {
    topic: 'ticket',
    topicName: 'ticket',
    partition: 0,
    offset: 0n,
    key: null,
    value: null,
    headers: {},
    timestampMs: 0,
  }
  await letters.send(
    [1n, 2n, 3n].map((offset) => ({ record: { ...record, offset }, reason: 'invalid', detail: '' })),
  )
  expect(letters.letters().map((letter) => letter.record.offset)).toEqual([2n, 3n])
  expect(letters.count()).toBe(3)
})
