import type { KafkaMessage } from 'kafkajs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMessageReader, type SnapshotText } from '../../src/kafka/snapshot-messages.ts'
import type { SnapshotRecord } from '../../src/ports.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())

const message = (key: string | null, revision: number | null, value: string | null): KafkaMessage =>
  ({
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: revision === null ? {} : { ce_revision: Buffer.from(String(revision)) },
  }) as unknown as KafkaMessage

const openReader = (waitingMax = 10) => {
  const taken: SnapshotRecord[] = []
  const complaints: string[] = []
  const registry = { isOut: false }
  const asked: string[] = []
  const judge = (text: string): SnapshotText => {
    if (text.startsWith('bad')) return { ok: false, detail: text, isOutage: false }
    return registry.isOut ? { ok: false, detail: 'no answer', isOutage: true } : { ok: true, text }
  }
  const read = createMessageReader({
    read: (value) => {
      const text = value.toString()
      asked.push(text)
      return text.startsWith('{') ? { ok: true, text } : Promise.resolve(judge(text))
    },
    take: (record) => taken.push(record),
    onUnreadable: (detail) => complaints.push(detail),
    waitingMax,
    retryEveryMs: 5_000,
  })
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
  return { read, taken, complaints, registry, asked, pass }
}

test('values of both formats and tombstones are taken in their order', async () => {
  const { read, taken, complaints } = openReader()
  for (const one of [message('a', 1, '{}'), message('a', 2, 'avro'), message('a', 3, null)]) await read(one)
  expect(taken).toEqual([
    { key: 'a', value: '{}', revision: 1 },
    { key: 'a', value: 'avro', revision: 2 },
    { key: 'a', value: null, revision: 3 },
  ])
  expect(complaints).toEqual([])
})

test('what no floorwatch wrote is passed over: without a key or a revision', async () => {
  const { read, taken, asked } = openReader()
  await read(message(null, 1, '{}'))
  await read(message('a', null, '{}'))
  await read(message('a', 1.5, '{}'))
  expect([taken, asked]).toEqual([[], []])
})

test('what cannot be read for good is left out, told once, and not tried again', async () => {
  const { read, taken, complaints, asked, pass } = openReader()
  for (const one of [message('a', 1, 'bad 1'), message('b', 2, 'bad 2'), message('c', 3, 'avro')])
    await read(one)
  pass(60_000)
  await read(message('d', 4, '{}'))
  expect(taken.map(({ key }) => key)).toEqual(['c', 'd'])
  expect(complaints).toEqual(['bad 1'])
  expect(asked).toHaveLength(4)
})

test('what an outage keeps from being read is shown when it is over, the last of each key', async () => {
  const { read, taken, registry, pass } = openReader()
  registry.isOut = true
  await read(message('a', 1, 'a1'))
  await read(message('b', 2, 'b2'))
  await read(message('a', 3, 'a3'))
  await read(message('a', 2, 'a2'))
  registry.isOut = false
  pass(5_000)
  await read(message('~heartbeat', 4, '{}'))
  expect(taken.map(({ value }) => value).toSorted()).toEqual(['a3', 'b2', '{}'])
})

test('while it lasts one value is tried every five seconds, and not more wait than fit', async () => {
  const { read, taken, registry, asked, complaints, pass } = openReader(2)
  registry.isOut = true
  for (const key of ['a', 'b', 'c']) await read(message(key, 1, key))
  pass(5_000)
  asked.length = 0
  for (let revision = 1; revision < 10; revision += 1) await read(message('~heartbeat', revision, '{}'))
  expect(asked.filter((text) => text !== '{}')).toHaveLength(1)
  registry.isOut = false
  pass(5_000)
  taken.length = 0
  await read(message('~heartbeat', 10, '{}'))
  expect(taken).toHaveLength(3)
  expect(complaints).toEqual(['no answer'])
})
