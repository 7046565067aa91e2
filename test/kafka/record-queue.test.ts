import { describe, expect, test } from 'vitest'
import { createRecordQueue } from '../../src/kafka/record-queue.ts'
import type { SourceRecord } from '../../src/ports.ts'

type Parts = { readonly key?: string | null; readonly value?: string | null }

/** As a fetch brings them: keys and values lie one behind the other in one piece of memory. */
const fetched = (parts: readonly Parts[], firstOffset = 0n): SourceRecord[] => {
  const texts = parts.flatMap(({ key = 'k', value = 'v' }) => [key ?? '', value ?? ''])
  const memory = Buffer.from(new TextEncoder().encode(`##${texts.join('')}`).buffer)
  let at = 2
  const cut = (text: string | null) => {
    if (text === null) return null
    at += Buffer.byteLength(text)
    return memory.subarray(at - Buffer.byteLength(text), at)
  }
  return parts.map(({ key = 'k', value = 'v' }, index) => ({
    topic: 'ticket',
    topicName: 'acme.tickets',
    partition: 3,
    offset: firstOffset + BigInt(index * 2),
    key: cut(key),
    value: cut(value),
    headers: {},
    timestampMs: 1_700_000_000_000 + index,
  }))
}

const read = (record: SourceRecord | undefined) => {
  if (!record) return undefined
  const { topic, topicName, partition, offset, key, value, headers, timestampMs, unreadable } = record
  const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString())
  const origin = { topic, topicName, partition, offset, timestampMs }
  return { ...origin, key: text(key), value: text(value), headers, unreadable }
}

describe('a queue of records', () => {
  const many = [
    ...fetched([{ value: 'één' }, { key: null }, { value: null }, { key: null, value: null }, { value: '' }]),
    ...fetched([{ key: 'call-7' }, { key: 'call-8' }], 2n ** 60n),
  ]

  test('hands out what was added, in its order, also when it is read long after', () => {
    const queue = createRecordQueue()
    for (const record of many) queue.add(record)
    const taken = many.map(() => queue.take())
    expect(queue.take()).toBeUndefined()
    expect(taken.map(read)).toEqual(many.map(read))
  })

  test('knows its first, how many wait, and their bytes', () => {
    const queue = createRecordQueue()
    expect(queue.first()).toBeUndefined()
    for (const record of many) queue.add(record)
    const full = queue.bytes()
    expect(full).toBe(
      many.reduce((sum, { key, value }) => sum + 50 + (key?.length ?? 0) + (value?.length ?? 0), 0),
    )
    for (const [index, record] of many.entries()) {
      expect(queue.records()).toBe(many.length - index)
      expect(read(queue.first())).toEqual(read(record))
      queue.take()
    }
    expect([queue.records(), queue.bytes(), queue.first()]).toEqual([0, 0, undefined])
  })

  test('keeps headers, what made a record unreadable, and a key that lies elsewhere', () => {
    const [plain, traced, lost, apart] = fetched([{}, {}, {}, {}]) as [
      SourceRecord,
      SourceRecord,
      SourceRecord,
      SourceRecord,
    ]
    const all = [
      plain,
      { ...traced, headers: { ce_id: 'e-1' } },
      { ...lost, unreadable: { reason: 'malformed', detail: 'cut short' } },
      { ...apart, key: new Uint8Array(Buffer.from('far')) },
    ] as const
    const queue = createRecordQueue()
    for (const record of all) queue.add(record)
    expect(all.map(() => read(queue.take()))).toEqual(all.map(read))
  })

  test('counts records with headers as what they take', () => {
    const queue = createRecordQueue()
    const [first, second] = fetched([{}, {}]) as [SourceRecord, SourceRecord]
    queue.add(first)
    const plain = queue.bytes()
    queue.add({ ...second, headers: { trace: 't-1' } })
    expect(queue.bytes() - plain).toBeGreaterThan(5 * plain)
    queue.take()
    queue.take()
    expect(queue.bytes()).toBe(0)
  })

  test('goes on after it was emptied or cleared', () => {
    const queue = createRecordQueue()
    for (let round = 0; round < 1_000; round++) {
      for (const record of fetched([{ key: `a${round}` }, { key: `b${round}` }], BigInt(round)))
        queue.add(record)
      expect(read(queue.take())?.key).toBe(`a${round}`)
      if (round % 3 === 0) queue.clear()
      else expect(read(queue.take())?.key).toBe(`b${round}`)
      expect(queue.records()).toBe(0)
    }
  })
})
