import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { timeMax, timeMin } from '../../src/core/event-time.ts'
import { describeSnapshotAvro, fromAvroValue, snapshotTopics } from '../../src/core/snapshot-avro.ts'
import { type FieldShape, heartbeatShape, metricShape, snapshotShape } from '../../src/core/snapshot-shape.ts'
import type { SnapshotRecord } from '../../src/ports.ts'
import { createSnapshotWriter } from '../../src/registry/snapshot-writer.ts'
import { compileValueReader } from '../../src/registry/value-reader.ts'
import { createCentre } from '../support/centre.ts'
import { simulateEvents } from '../support/load.ts'

const startMs = Date.UTC(2026, 2, 3, 8)
const schemaId = 7
const headerBytes = 5

const sets = [[], ['queueId'], ['channel']]
const config = {
  time: {
    source: 'events',
    calendars: { office: { week: [{ days: ['mon', 'tue'], from: '08:00', to: '16:00' }] } },
  },
  scopes: sets,
  publish: [
    { scopes: sets, windows: ['now', '15m', 'today', 'total'], metrics: ['all'], everyMs: 1_000 },
    { scopes: [[], ['queueId']], windows: ['interval-15m'], metrics: ['all'], everyMs: 1_000 },
  ],
  serviceLevel: {
    default: { thresholdMs: 20_000, target: 0.8 },
    policies: {
      quick: { thresholdMs: 5_000 },
      short: { preset: 'without-short-abandons', shortAbandonMs: 5_000 },
    },
  },
  targets: {
    firstResponse: [{ withinMs: 3_600_000, calendar: 'office' }],
    resolution: [{ withinMs: 86_400_000 }],
  },
  labels: { queueId: { billing: 'Billing', 'queue-1': 'Ärger “eins” 🙂' } },
}

/** Everything a service publishes of a simulated morning, on both topics. */
const publishMorning = async () => {
  const centre = createCentre({ config, startMs })
  const process = await centre.join()
  const events = simulateEvents({ seed: 11, eventsPerSecond: 1, startAtMs: startMs, events: 2_000 }).toSorted(
    (a, b) => a.occurredAt - b.occurredAt,
  )
  for (let at = 0; at < events.length; at += 500) {
    centre.feed(events.slice(at, at + 500))
    centre.clock.nowMs += 600_000
    await process.settle()
  }
  return { metrics: centre.sent, intervals: centre.closed }
}

const readerOf = (topic: (typeof snapshotTopics)[number]) => {
  const schema = JSON.stringify(describeSnapshotAvro(topic))
  return compileValueReader({ info: { schemaType: 'AVRO', schema }, references: [] }, schemaId)
}

/** Written in Avro, and read again by the schema. */
const throughAvro = (topic: (typeof snapshotTopics)[number]) => {
  const write = createSnapshotWriter(topic, schemaId)
  const read = readerOf(topic)
  return (json: string) => {
    const bytes = write(json)
    expect([...bytes.subarray(0, headerBytes)]).toEqual([0, 0, 0, 0, schemaId])
    const found = read(bytes, headerBytes)
    if (!found.ok) throw new Error(found.detail)
    return fromAvroValue(found.value)
  }
}

describe('what a service publishes of a simulated morning', () => {
  let published: Readonly<Record<(typeof snapshotTopics)[number], readonly SnapshotRecord[]>>
  beforeAll(async () => {
    published = await publishMorning()
  })

  test.each(snapshotTopics)('comes through Avro letter by letter: %s', (topic) => {
    const texts = published[topic].flatMap(({ value }) => (value === null ? [] : [value]))
    expect(texts.length).toBeGreaterThan(2)
    const pass = throughAvro(topic)
    for (const text of texts) {
      const passed = pass(text)
      if (passed !== text) expect(JSON.parse(passed ?? '')).toEqual(JSON.parse(text))
      expect(passed).toBe(text)
    }
  })

  test('has every field that a value may have, and heartbeats', () => {
    const values = published.metrics.flatMap(({ value }) => (value === null ? [] : [JSON.parse(value)]))
    const snapshots = values.filter((value) => 'metrics' in value)
    const metrics = snapshots.flatMap((value) => Object.values<object>(value.metrics))
    expect(new Set(metrics.flatMap((value) => Object.keys(value)))).toEqual(
      new Set(Object.keys(metricShape.fields)),
    )
    expect(new Set(snapshots.map(({ window }) => window.id))).toEqual(
      new Set(['now', '15m', 'today', 'total', 'interval-15m']),
    )
    expect(snapshots.some(({ worst }) => worst.openTickets.length > 0)).toBe(true)
    expect(values.some((value) => 'publisher' in value)).toBe(true)
  })
})

const times = fc.integer({ min: timeMin, max: timeMax })
/** Counts and revisions; avsc writes no greater one. */
const wholes = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 })
/** JSON writes −0 as 0. */
const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

/** Any value of a shape, as JSON; `undefined` for what is left out. */
const arbitraryOf = (shape: FieldShape): fc.Arbitrary<unknown> => {
  switch (shape.kind) {
    case 'text':
      return fc.string({ unit: 'grapheme' })
    case 'flag':
      return fc.boolean()
    case 'whole':
      return wholes
    case 'number':
      return fc.oneof(fc.maxSafeInteger(), numbers)
    case 'time':
      return times.map((at) => new Date(at).toISOString())
    case 'nullable':
      return fc.option(arbitraryOf(shape.of), { nil: null })
    case 'optional':
      return fc.option(arbitraryOf(shape.of), { nil: undefined })
    case 'list':
      return fc.array(arbitraryOf(shape.of), { maxLength: 3 })
    case 'map':
      return fc
        .uniqueArray(fc.tuple(fc.string().filter(isPlainName), arbitraryOf(shape.of)), {
          maxLength: 3,
          selector: ([name]) => name,
        })
        .map((entries) => Object.fromEntries(entries))
    case 'record':
      return fc.record(
        Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, arbitraryOf(field)])),
      )
  }
}

/** Objects of avsc know one name of their own. */
const isPlainName = (name: string) => name !== '__proto__'

test.each([
  ['snapshot', 'metrics', snapshotShape],
  ['heartbeat', 'metrics', heartbeatShape],
  ['snapshot', 'intervals', snapshotShape],
] as const)('any %s on the topic of %s comes through Avro letter by letter', (_, topic, shape) => {
  const pass = throughAvro(topic)
  fc.assert(
    fc.property(arbitraryOf(shape), (value) => {
      const text = JSON.stringify(value)
      expect(pass(text)).toBe(text)
    }),
    { numRuns: 300 },
  )
})

test('a field that the schema lacks is refused, not lost', () => {
  const write = createSnapshotWriter('metrics', schemaId)
  const heartbeat = { publisher: 0, asOf: null, watermark: null, lastEventAt: null, revision: 1 }
  const emittedAt = '2026-03-03T08:00:00.000Z'
  expect(write(JSON.stringify({ ...heartbeat, emittedAt })).length).toBeGreaterThan(headerBytes)
  expect(() => write(JSON.stringify({ ...heartbeat, emittedAt, mood: 'good' }))).toThrow(
    'the schema of Heartbeat lacks mood',
  )
})

test('a value that is no snapshot reads as none, whatever it holds', () => {
  const [snapshot] = fc.sample(arbitraryOf(snapshotShape), { seed: 1, numRuns: 1 }) as [object]
  const asAvro = { ...snapshot, asOf: 5, watermark: 5, lastEventAt: 5, emittedAt: 5, changedAt: null }
  const whole = {
    ...asAvro,
    window: { id: '', kind: '', startAt: null, endAt: 5, timeZone: '' },
    metrics: {},
    worst: {},
  }
  expect(fromAvroValue(whole)).toContain('"asOf":"1970-01-01T00:00:00.005Z"')
  for (const junk of [
    null,
    5,
    'x',
    [],
    {},
    { ...whole, asOf: 9e15 },
    { ...whole, metrics: [] },
    { ...whole, scope: { a: 1 } },
    { ...whole, worst: { waiting: [{ id: 'a' }] } },
  ])
    expect(fromAvroValue(junk)).toBeUndefined()
})
