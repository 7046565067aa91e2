import { readFileSync } from 'node:fs'
import avsc, { type Schema } from 'avsc'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseEvent } from '../../src/core/events.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { createRegistryClient } from '../../src/registry/schema-fetch.ts'
import { compileValueReader, type ValueReader } from '../../src/registry/value-reader.ts'
import { recordOf } from './registry-record.ts'

afterEach(() => vi.restoreAllMocks())

const call = { eventId: 'e', type: 'call.ended', occurredAt: 5, callId: 'c' }

function compile(schema: unknown, schemaType: string): ValueReader {
  return compileValueReader({ info: { schema: JSON.stringify(schema), schemaType }, references: [] }, 7)
}

describe('S7: writers of other schemas', () => {
  /** With more fields than ours, in another order, under another name. */
  const writerOf = (name: string): Schema => ({
    type: 'record',
    name,
    fields: [
      { name: 'note', type: ['null', 'string'] },
      { name: 'callId', type: 'string' },
      { name: 'type', type: 'string' },
      { name: 'occurredAt', type: 'long' },
      { name: 'eventId', type: 'string' },
    ],
  })

  test('S7: their schemas are compiled once each, and no record makes a resolver', () => {
    const writers = ['Acme', 'Bell', 'Cord'].map((name) => ({
      schema: writerOf(name),
      bytes: avsc.Type.forSchema(writerOf(name)).toBuffer({ note: null, ...call }),
    }))
    const compiled = vi.spyOn(avsc.Type, 'forSchema')
    const resolvers = vi.spyOn(avsc.Type.prototype, 'createResolver')
    const readers = writers.map(({ schema, bytes }) => ({ bytes, read: compile(schema, 'AVRO') }))
    compiled.mockClear()
    for (let round = 0; round < 500; round += 1) {
      for (const { read, bytes } of readers) {
        const value = read(bytes, 0)
        expect(value.ok && parseEvent(value.value)).toMatchObject({ ok: true, event: call })
      }
    }
    expect(compiled).not.toHaveBeenCalled()
    expect(resolvers).not.toHaveBeenCalled()
  })
})

describe('S8: values under a JSON schema', () => {
  const textOf = (value: object) => Buffer.from(JSON.stringify(value))
  const judge = (schema: unknown, value: object) => {
    const read = compile(schema, 'JSON')(textOf(value), 0)
    return read.ok ? parseEvent(read.value) : read
  }

  test.each([
    ['forbids what the event has', { type: 'object', additionalProperties: false, properties: {} }],
    ['wants what it has not', { type: 'object', required: ['shoeSize'] }],
    ['has formats and keywords that nobody knows', { format: 'acme-call', acmeKeyword: [1], type: 'object' }],
    ['is no schema at all', { type: 'nonsense', $ref: '#/nowhere', pattern: '(' }],
  ])('S8: are judged as events, though their writer’s schema %s', (_, schema) => {
    expect(judge(schema, call)).toMatchObject({ ok: true, event: call })
  })

  test('S8: are refused when they are no event, though their writer’s schema allows them', () => {
    expect(judge({ type: 'object' }, { ...call, occurredAt: 'soon' })).toMatchObject({
      ok: false,
      reason: 'invalid',
    })
  })

  test.each([
    [
      'attributes',
      { ...call, attributes: Object.fromEntries([...Array(70_000).keys()].map((n) => [`a${n}`, 1])) },
    ],
    ['categories', { ...call, type: 'review.completed', reviewId: 'r', categories: Array(300_000).fill(1) }],
  ])('S8: a hundred thousand wrong entries of %s are not each found wrong', (field, value) => {
    const record = recordOf(textOf(value))
    const decoder = createRegistryDecoder({})
    expect(decoder.decode(record)).toEqual({
      ok: false,
      reason: 'invalid',
      detail: `${field}: must have at most 500 entries`,
    })
  })
})

describe('S9: where the registry is', () => {
  test('S9: a client knows one address and is shared by no two questions', () => {
    const address = { url: 'http://user:secret@registry.example/x/', timeoutMs: 100 }
    const client = createRegistryClient(address)
    expect(client.config().baseURLs).toEqual(['http://registry.example/x'])
    expect(createRegistryClient(address)).not.toBe(client)
  })
})

describe('S12: Protobuf', () => {
  test('S12: its schemas are compiled for nobody: their records are refused, and say why', () => {
    const read = compile('syntax = "proto3"; message Call { string id = 1; }', 'PROTOBUF')
    expect(read(Buffer.from([0, 10, 1, 99]), 0)).toEqual({
      ok: false,
      reason: 'unknown-schema',
      detail: 'schema 7 is PROTOBUF; send Avro, JSON Schema or plain JSON',
    })
  })

  test('S12: the registry’s client is at least 1.10', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    const [, major, minor] = /^[~^]?(\d+)\.(\d+)\./.exec(dependencies['@confluentinc/schemaregistry']) ?? []
    expect([Number(major), Number(minor) >= 10]).toEqual([1, true])
  })
})
