import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { recordOf, wireOf } from './registry-record.ts'

const fields = { eventId: 'e', type: 'call.ended', occurredAt: 5, callId: 'c' }

test('plain JSON is decoded without a registry, with CloudEvents headers', () => {
  const decoder = createRegistryDecoder({})
  const { eventId: _, ...rest } = fields
  expect(decoder.decode(recordOf(Buffer.from(JSON.stringify(rest)), { ce_id: 'h' }))).toMatchObject({
    ok: true,
    event: { eventId: 'h', callId: 'c' },
  })
})

test('the wire format without a registry is an unknown schema', () => {
  const decoder = createRegistryDecoder({})
  expect(decoder.decode(recordOf(wireOf(3, Buffer.alloc(2))))).toMatchObject({
    ok: false,
    reason: 'unknown-schema',
    detail: 'schema 3 is needed, and no registry.url is configured; set it',
  })
})

const words = {
  broken: 'the value is not JSON; write one JSON object',
  large: '101 bytes, more than limits.recordBytesMax (100); make it smaller, or raise that',
  unknown: (id: number) =>
    `the registry has no schema ${id}; set registry.url to the one that its producer registers with`,
}

test.each([
  ['no value', null, 'malformed', 'the record has no value; to take an event back, send event.retracted'],
  ['an empty value', Buffer.alloc(0), 'malformed', words.broken],
  [
    'a schema id cut off',
    Buffer.from([0, 0, 0]),
    'malformed',
    'the value ends within the schema id; send it whole',
  ],
  ['a wrong magic byte', Buffer.from([1, 0, 0, 0, 1, 2]), 'malformed', words.broken],
  [
    'bytes that are not UTF-8',
    Buffer.from([0x7b, 0xff, 0x7d]),
    'malformed',
    'the value is not UTF-8; write it in UTF-8',
  ],
  ['a value over the limit', Buffer.alloc(101, 0x20), 'too-large', words.large],
  ['a schema id of nothing', wireOf(0, Buffer.alloc(1)), 'unknown-schema', words.unknown(0)],
  [
    'a schema id beyond all',
    wireOf(0xffff_ffff, Buffer.alloc(1)),
    'unknown-schema',
    words.unknown(4_294_967_295),
  ],
])('%s is a rejection at once, with its reason and what to do', (_, value, reason, detail) => {
  const registry = { url: 'http://127.0.0.1:1', timeoutMs: 100 }
  const decoder = createRegistryDecoder({ registry, valueBytesMax: 100 })
  expect(decoder.decode(recordOf(value))).toEqual({ ok: false, reason, detail })
})

test('what the source could not read is rejected as the source says', () => {
  const unreadable = { reason: 'malformed', detail: 'compression lz5' } as const
  expect(createRegistryDecoder({}).decode({ ...recordOf(null), unreadable })).toEqual({
    ok: false,
    ...unreadable,
  })
})

test('Node itself can load it, whose imports from CommonJS find less than those of the test runner', () => {
  const url = new URL('../../src/registry/decoder.ts', import.meta.url).href
  const script = `import('${url}').then((module) => console.log(typeof module.createRegistryDecoder))`
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })).toBe(
    'function\n',
  )
})
