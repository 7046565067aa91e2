import { expect, test } from 'vitest'
import { type FeedEvidence, judgeFeed } from '../../../src/wallboard/page/feed-state.ts'
import type { FeedMarks } from '../../../src/wallboard/wire.ts'

const nowMs = 1_000_000

/** Everything one second old, but for what is told. */
function judge(told: Partial<Omit<FeedEvidence, 'marks'>> & { readonly marks?: Partial<FeedMarks> }) {
  const freshMs = nowMs - 1_000
  const moved = { recordAtMs: freshMs, asOfMovedAtMs: freshMs, watermarkMovedAtMs: freshMs }
  const marks = { serverAtMs: freshMs, asOfMs: freshMs, watermarkMs: freshMs, ...moved, ...told.marks }
  const evidence = { nowMs, frameAtMs: freshMs, isConnected: true, intervalMs: 5_000, demo: false }
  const { level, cause, ageMs, sinceMs } = judgeFeed({ ...evidence, ...told, marks })
  return { level, cause, ageMs, sinceMs }
}

test('it is live while records come and as-of and watermark move', () => {
  expect(judge({})).toMatchObject({ level: 'live', cause: 'none', ageMs: 1_000 })
})

test('over 2 intervals it is delayed, over 5 stale', () => {
  const levelAt = (ageMs: number) => judge({ marks: { recordAtMs: nowMs - ageMs } }).level
  expect([10_000, 10_001, 25_000, 25_001].map(levelAt)).toEqual(['live', 'delayed', 'delayed', 'stale'])
})

test('a browser that gets no frames has lost the server, whatever it knew before', () => {
  const sinceMs = nowMs - 14_000
  expect(judge({ frameAtMs: sinceMs, marks: { recordAtMs: sinceMs } })).toMatchObject({
    level: 'delayed',
    cause: 'server',
    ageMs: 14_000,
  })
  expect(judge({ frameAtMs: nowMs - 26_000 })).toMatchObject({
    level: 'stale',
    cause: 'server',
    sinceMs: nowMs - 26_000,
  })
})

test('a broken connection is said at once', () => {
  expect(judge({ isConnected: false })).toMatchObject({ level: 'delayed', cause: 'server' })
})

test('pings without records mean that the processor is down', () => {
  expect(judge({ marks: { recordAtMs: nowMs - 30_000 } })).toMatchObject({
    level: 'stale',
    cause: 'processor',
  })
})

test('records whose as-of stands still mean that the processor stands still', () => {
  expect(judge({ marks: { asOfMovedAtMs: nowMs - 30_000 } })).toMatchObject({
    level: 'stale',
    cause: 'processor',
  })
})

test('records whose watermark stands still mean that the sources are silent', () => {
  const marks = { watermarkMovedAtMs: nowMs - 30_000, asOfMovedAtMs: nowMs - 30_000 }
  expect(judge({ marks })).toMatchObject({ level: 'stale', cause: 'sources', sinceMs: nowMs - 30_000 })
})

test('a processor far behind the clock is catching up, in a demo too', () => {
  const marks = { asOfMs: nowMs - 600_000 }
  expect(judge({ marks })).toMatchObject({ level: 'delayed', cause: 'catching-up', ageMs: 600_000 })
  expect(judge({ marks, demo: true })).toMatchObject({ cause: 'catching-up' })
})

test('before the first record it is starting', () => {
  expect(judge({ marks: { recordAtMs: null } }).level).toBe('starting')
  expect(judge({ frameAtMs: null }).level).toBe('starting')
})
