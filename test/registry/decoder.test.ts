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
  })
})

test.each([
  ['no value', null, 'malformed'],
  ['an empty value', Buffer.alloc(0), 'malformed'],
  ['a schema id cut off', Buffer.from([0, 0, 0]), 'malformed'],
  ['a wrong magic byte', Buffer.from([1, 0, 0, 0, 1, 2]), 'malformed'],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'malformed'],
  ['a value over the limit', Buffer.alloc(101, 0x20), 'too-large'],
  ['an unknown type', Buffer.from('{"type":"x","eventId":"e","occurredAt":1}'), 'unknown-type'],
  ['a schema id of nothing', wireOf(0, Buffer.alloc(1)), 'unknown-schema'],
  ['a schema id beyond all', wireOf(0xffff_ffff, Buffer.alloc(1)), 'unknown-schema'],
])('%s is a rejection at once', (_, value, reason) => {
  const registry = { url: 'http://127.0.0.1:1', timeoutMs: 100 }
  const decoder = createRegistryDecoder({ registry, valueBytesMax: 100 })
  expect(decoder.decode(recordOf(value))).toMatchObject({ ok: false, reason })
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
