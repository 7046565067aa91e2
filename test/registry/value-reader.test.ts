import { type Schema, Type } from 'avsc'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeAvro } from '../../src/core/event-schemas.ts'
import { parseEvent } from '../../src/core/events.ts'
import { topics } from '../../src/core/topics.ts'
import { compileValueReader } from '../../src/registry/value-reader.ts'

const callSchema = describeAvro('call-queue')
const callType = Type.forSchema(callSchema as unknown as Schema)
const call = { eventId: 'e', type: 'call.ended', occurredAt: 5, callId: 'c', attributes: { region: 'north' } }

function compile(schema: unknown, more: object = {}) {
  const info = { schema: JSON.stringify(schema), schemaType: 'AVRO', ...more }
  return compileValueReader({ info, references: [] }, 7)
}

function zigzag(value: number): number[] {
  const bytes: number[] = []
  for (let left = value < 0 ? -value * 2 - 1 : value * 2; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left]
    bytes.push((left % 128) + 128)
  }
}

test('an Avro value is read from where it begins', () => {
  const read = compile(callSchema)(Buffer.concat([Buffer.alloc(5), callType.toBuffer(call)]), 5)
  expect(read.ok && parseEvent(read.value)).toMatchObject({
    ok: true,
    event: { ...call, tenantId: 'default' },
  })
})

test('a writer may name its record and order and type its fields in its own way', () => {
  const writer = {
    type: 'record',
    name: 'AcmeCall',
    fields: [
      { name: 'shoeSize', type: 'int', default: 'no int' },
      { name: 'callId', type: ['null', 'int', 'string'] },
      { name: 'occurredAt', type: ['null', 'long', 'double'] },
      { name: 'type', type: { type: 'enum', name: 'T', symbols: ['sung', 'ended'] } },
      { name: 'eventId', type: { type: 'string', logicalType: 'uuid' } },
    ],
  }
  const type = Type.forSchema(JSON.parse(JSON.stringify(writer).replace(',"default":"no int"', '')) as Schema)
  const bytes = type.toBuffer({
    shoeSize: 42,
    callId: 'c',
    occurredAt: { long: 5 },
    type: 'ended',
    eventId: 'e',
  })
  expect(compile(writer)(bytes, 0)).toEqual({
    ok: true,
    value: { shoeSize: 42, callId: 'c', occurredAt: 5, type: 'ended', eventId: 'e' },
  })
})

test('several records may share a topic as a union', () => {
  const union = ['A', 'B'].map((name) => ({
    type: 'record',
    name,
    fields: [{ name: 'callId', type: 'string' }],
  }))
  const bytes = Type.forSchema(union as Schema).toBuffer({ B: { callId: 'c' } })
  expect(compile(union)(bytes, 0)).toEqual({ ok: true, value: { callId: 'c' } })
})

test('a schema is read with those it refers to', () => {
  const inner = { type: 'record', name: 'acme.Inner', fields: [{ name: 'a', type: 'string' }] }
  const outer = { type: 'record', name: 'acme.Outer', fields: [{ name: 'inner', type: 'acme.Inner' }] }
  const read = compileValueReader(
    { info: { schema: JSON.stringify(outer) }, references: [{ schema: JSON.stringify(inner) }] },
    7,
  )
  expect(read(Buffer.from([2, 0x78]), 0)).toEqual({ ok: true, value: { inner: { a: 'x' } } })
})

test('a few bytes that claim a billion items are malformed at once', () => {
  const bomb = (items: unknown) => ({
    type: 'record',
    name: 'Bomb',
    fields: [{ name: 'items', type: items }],
  })
  const count = zigzag(1_000_000_000)
  const started = performance.now()
  for (const items of [
    { type: 'array', items: 'null' },
    { type: 'array', items: 'string' },
    { type: 'array', items: { type: 'record', name: 'Empty', fields: [] } },
    { type: 'map', values: 'null' },
  ]) {
    expect(compile(bomb(items))(Buffer.from([...count, 0, 0]), 0)).toMatchObject({
      ok: false,
      reason: 'malformed',
    })
    const negative = [...zigzag(-1_000_000_000), ...zigzag(-5), 0]
    expect(compile(bomb(items))(Buffer.from(negative), 0)).toMatchObject({ ok: false, reason: 'malformed' })
  }
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a value that nests for ever is malformed', () => {
  const node = { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] }
  expect(compile(node)(Buffer.alloc(100_000, 2), 0)).toMatchObject({ ok: false, reason: 'malformed' })
  expect(compile(node)(Buffer.from([2, 2, 0]), 0)).toMatchObject({ ok: true })
})

test('whatever the bytes, they are a value or malformed', () => {
  const readers = topics.map((topic) => compile(describeAvro(topic)))
  const valid = callType.toBuffer(call)
  const damaged = fc
    .tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 }), fc.nat({ max: valid.length }))
    .map(([at, byte, length]) => {
      const copy = Buffer.from(valid.subarray(0, length))
      if (at < length) copy[at] = byte
      return copy
    })
  const bytes = fc.oneof(
    damaged,
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom(...readers), (value, read) => {
      expect([true, 'malformed']).toContain(((result) => result.ok || result.reason)(read(value, 0)))
    }),
    { numRuns: 1_000 },
  )
})

test('a value that is cut off or goes on after its end is malformed', () => {
  const bytes = callType.toBuffer(call)
  const read = compile(callSchema)
  expect(read(bytes.subarray(0, bytes.length - 1), 0)).toMatchObject({ reason: 'malformed' })
  expect(read(Buffer.concat([bytes, Buffer.alloc(1)]), 0)).toMatchObject({ reason: 'malformed' })
})

test('JSON Schema values are read as JSON, without their schema', () => {
  const read = compile({}, { schemaType: 'JSON' })
  expect(read(Buffer.from('\0\0\0\0\x01{"a":1}'), 5)).toEqual({ ok: true, value: { a: 1 } })
  expect(read(Buffer.from([0xff, 0xfe]), 0)).toMatchObject({ reason: 'malformed' })
})

test('S11: a schema that cannot be read, or has rules for readers, makes its records unknown-schema', () => {
  const unknown = { ok: false, reason: 'unknown-schema' }
  expect(compile({}, { schemaType: 'PROTOBUF' })(Buffer.alloc(1), 0)).toMatchObject(unknown)
  expect(compile({ type: 'nonsense' })(Buffer.alloc(1), 0)).toMatchObject(unknown)
  const rule = { name: 'decrypt', type: 'ENCRYPT', mode: 'WRITEREAD' }
  expect(
    compile(callSchema, { ruleSet: { encodingRules: [rule] } })(callType.toBuffer(call), 0),
  ).toMatchObject({
    ...unknown,
    detail: expect.stringContaining('decrypt'),
  })
  const writersOnly = { ruleSet: { domainRules: [{ ...rule, mode: 'WRITE' }] } }
  expect(compile(callSchema, writersOnly)(callType.toBuffer(call), 0)).toMatchObject({ ok: true })
})
