import { expect, test } from 'vitest'
import { decodeJsonRecord, decodeValue, parseJson } from '../../src/core/decode.ts'

const fields = { eventId: 'e', type: 'call.ended', occurredAt: 5, callId: 'c' }

test('JSON text is read as an event', () => {
  expect(decodeJsonRecord({ text: JSON.stringify(fields), headers: {} })).toMatchObject({
    ok: true,
    event: { callId: 'c', tenantId: 'default' },
  })
})

test('CloudEvents headers stand in for what the value lacks', () => {
  const headers = { ce_id: 'h', ce_source: 'pbx', ce_time: '1970-01-01T00:00:09Z', ce_type: 'call.ended' }
  expect(decodeValue({ callId: 'c' }, headers)).toMatchObject({
    ok: true,
    event: { eventId: 'h', source: 'pbx', occurredAt: 9_000, type: 'call.ended' },
  })
  expect(decodeValue({ ...fields, eventId: null }, headers)).toMatchObject({
    event: { eventId: 'h', occurredAt: 5 },
  })
})

test('a value is not changed by its headers', () => {
  const value = { callId: 'c' }
  decodeValue(value, { ce_id: 'h' })
  expect(value).toEqual({ callId: 'c' })
})

test('what is not JSON is malformed, and is not quoted', () => {
  const parsed = parseJson('{"customerId": "Jane Roe" "x"}')
  expect(parsed).toMatchObject({
    ok: false,
    reason: 'malformed',
    detail: 'the value is not JSON (at character 26); write one JSON object',
  })
  expect(JSON.stringify(parsed)).not.toContain('Jane')
  expect(parseJson('')).toMatchObject({ ok: false, reason: 'malformed' })
  expect(decodeJsonRecord({ text: '[1]', headers: {} })).toMatchObject({
    reason: 'malformed',
    detail: 'the value is no object; write one JSON object',
  })
})

test('a value nested a hundred thousand deep is only malformed', () => {
  const text = '['.repeat(100_000) + ']'.repeat(100_000)
  expect(decodeJsonRecord({ text, headers: {} })).toMatchObject({ ok: false, reason: 'malformed' })
  const deep = `{"eventId":"e","type":"call.ended","occurredAt":5,"callId":"c","attributes":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`
  expect(decodeJsonRecord({ text: deep, headers: {} })).toMatchObject({ ok: false, reason: 'invalid' })
})
