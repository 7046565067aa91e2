import { expect, test } from 'vitest'
import { digestText } from '../src/text-digest.ts'

test('equal texts have equal digests, and texts that differ in one character others', () => {
  const texts = Array.from({ length: 20_000 }, (_, number) => `{"value":${number},"name":"ü"}`)
  expect(new Set(texts.map(digestText)).size).toBe(texts.length)
  expect(texts.map(digestText)).toEqual(texts.map(digestText))
})

test('a digest is a whole number that a double holds', () => {
  for (const text of ['', 'a', 'snapshot'.repeat(1_000)]) {
    expect(Number.isSafeInteger(digestText(text))).toBe(true)
    expect(digestText(text)).toBeGreaterThanOrEqual(0)
  }
})

test('the digest is the beginning of the SHA-1 of its UTF-8', () => {
  // FIPS 180-2, appendix A: SHA-1("abc") = a9993e36 4706816a …
  expect(digestText('abc')).toBe(0xa9993e364706)
})
