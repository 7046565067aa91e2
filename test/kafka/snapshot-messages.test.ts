import type { KafkaMessage } from 'kafkajs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMessageReader, type SnapshotText } from '../../src/kafka/snapshot-messages.ts'
import type { SnapshotRecord } from '../../src/ports.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }))
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
  const faults: unknown[] = []
  const registry = { isOut: false }
  const asked: string[] = []
  const judge = (text: string): SnapshotText => {
    if (text.startsWith('bad')) return { ok: false, detail: text, isOutage: false }
    return registry.isOut ? { ok: false, detail: 'no answer', isOutage: true } : { ok: true, text }
  }
  const reader = createMessageReader({
    read: (value) => {
      const text = value.toString()
      asked.push(text)
      if (text === 'fault') throw new TypeError(text)
      return text.startsWith('{') ? { ok: true, text } : Promise.resolve(judge(text))
    },
    take: (record) => taken.push(record),
    onUnreadable: (detail) => complaints.push(detail),
    onFault: (error) => faults.push(error),
    waitingMax,
    retryEveryMs: 5_000,
  })
  const add = (...messages: readonly KafkaMessage[]) => messages.forEach(reader.add)
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return { reader, add, taken, complaints, faults, registry, asked, pass }
}

test('before it is started nothing is read; then the latest of each key, of both formats, and what comes after', async () => {
  const { reader, add, taken, asked, complaints, pass } = openReader()
  add(message('a', 1, '{}'), message('b', 2, '{}'), message('a', 4, 'avro'), message('a', 3, 'late'))
  await pass(1)
  expect(asked).toEqual([])
  await reader.start()
  expect(asked).toEqual(['avro', '{}'])
  add(message('b', 5, 'more'), message('c', 6, null))
  await pass(1)
  expect(taken.toSorted((x, y) => x.revision - y.revision)).toEqual([
    { key: 'b', value: '{}', revision: 2 },
    { key: 'a', value: 'avro', revision: 4 },
    { key: 'b', value: 'more', revision: 5 },
    { key: 'c', value: null, revision: 6 },
  ])
  expect(complaints).toEqual([])
})

test('what comes while another value is read is read too', async () => {
  const { reader, add, taken, pass } = openReader(50)
  await reader.start()
  for (let revision = 1; revision < 50; revision += 1) {
    add(message(`key ${revision}`, revision, revision % 2 ? 'avro' : '{}'))
    await Promise.resolve()
  }
  await pass(1)
  expect(taken).toHaveLength(49)
})

test('what no floorwatch wrote is passed over: without a key or a revision', async () => {
  const { reader, add, taken, asked } = openReader()
  add(message(null, 1, '{}'), message('a', null, '{}'), message('a', 1.5, '{}'))
  await reader.start()
  expect([taken, asked]).toEqual([[], []])
})

test('what cannot be read for good is left out, told once, and not tried again', async () => {
  const { reader, add, taken, complaints, asked, pass } = openReader()
  add(message('a', 1, 'bad 1'), message('b', 2, 'bad 2'), message('c', 3, 'avro'))
  await reader.start()
  await pass(60_000)
  expect(taken.map(({ key }) => key)).toEqual(['c'])
  expect(complaints).toEqual(['bad 1'])
  expect(asked).toHaveLength(3)
})

test('what an outage keeps from being read is read when it is over, though nothing comes, the latest of each key', async () => {
  const { reader, add, taken, registry, complaints, pass } = openReader()
  registry.isOut = true
  await reader.start()
  add(message('a', 1, 'a1'), message('b', 2, 'b2'))
  await pass(1)
  add(message('a', 3, 'a3'), message('a', 2, 'a2'))
  registry.isOut = false
  await pass(5_000)
  expect(taken.map(({ value }) => value).toSorted()).toEqual(['a3', 'b2'])
  add(message('c', 4, 'bad'))
  await pass(1)
  expect(complaints).toEqual(['no answer', 'bad'])
})

test('while it lasts one value is tried every five seconds, and no more wait than fit', async () => {
  const { reader, add, taken, registry, asked, pass } = openReader(2)
  registry.isOut = true
  await reader.start()
  for (const key of ['a', 'b', 'c']) add(message(key, 1, key))
  await pass(9_000)
  expect(asked).toHaveLength(2)
  registry.isOut = false
  await pass(5_000)
  expect(taken).toHaveLength(2)
})

test('a fault of ours is told; closed, it reads no more', async () => {
  const { reader, add, faults, taken, pass } = openReader()
  await reader.start()
  add(message('a', 1, 'fault'))
  await pass(1)
  expect(faults).toEqual([new TypeError('fault')])
  reader.close()
  add(message('b', 2, '{}'))
  await pass(1)
  expect(taken).toEqual([])
})
