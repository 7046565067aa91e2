import { expect, test } from 'vitest'
import { createOutageLog } from '../src/outage-log.ts'

test('an outage is told when it begins and when it ends, however often it is met', () => {
  const lines: object[] = []
  const write = (fields: object, message: string) => void lines.push({ message, ...fields })
  let nowMs = 0
  const outages = createOutageLog({ debug: write, info: write, warn: write, error: write }, () => nowMs)
  outages.end('redis')
  outages.begin('redis', new Error('connection refused'))
  outages.begin('redis', new Error('still refused'))
  outages.begin('registry', 'no answer')
  expect(outages.current()).toEqual(['redis', 'registry'])
  expect(outages.status()).toEqual([
    { part: 'kafka', count: 0, sinceMs: null, metAtMs: null, reason: null },
    { part: 'redis', count: 1, sinceMs: 0, metAtMs: 0, reason: 'connection refused' },
    { part: 'registry', count: 1, sinceMs: 0, metAtMs: 0, reason: 'no answer' },
    { part: 'publishing', count: 0, sinceMs: null, metAtMs: null, reason: null },
  ])
  nowMs = 1_000
  outages.begin('redis', new Error('still refused'))
  expect(outages.status()[1]).toMatchObject({ sinceMs: 0, metAtMs: 1_000 })
  nowMs = 1_500
  outages.end('redis')
  outages.end('redis')
  expect(outages.current()).toEqual(['registry'])
  expect(lines).toEqual([
    { message: 'outage began', part: 'redis', reason: 'connection refused' },
    { message: 'outage began', part: 'registry', reason: 'no answer' },
    { message: 'outage ended', part: 'redis', durationMs: 1_500 },
  ])
  expect(outages.status()[1]).toEqual({
    part: 'redis',
    count: 1,
    sinceMs: null,
    metAtMs: 1_000,
    reason: null,
  })
})
