import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPackedSubjects } from '../src/packed-subjects.ts'

const filled = (length: number, value: number) => new Uint8Array(length).fill(value)

type Step =
  | { readonly act: 'put'; readonly key: string; readonly length: number; readonly value: number }
  | { readonly act: 'take'; readonly key: string }
  | { readonly act: 'drop'; readonly value: number }

const key = fc.integer({ min: 0, max: 12 }).map(String)
const length = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 200_000, max: 1_300_000 }))
const value = fc.integer({ min: 0, max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('put' as const), key, length, value }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('take' as const), key }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('drop' as const), value }) },
)

describe('subjects at rest', () => {
  test('are what a map of their bytes would hold, whatever is put, taken and dropped', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const packed = createPackedSubjects()
        const plain = new Map<string, Uint8Array>()
        for (const one of steps) {
          if (one.act === 'put') {
            packed.put(one.key, filled(one.length, one.value))
            plain.set(one.key, filled(one.length, one.value))
          } else if (one.act === 'take') {
            const [taken, known] = [packed.take(one.key), plain.get(one.key)]
            expect(taken?.length).toBe(known?.length)
            expect(Buffer.compare(taken ?? filled(0, 0), known ?? filled(0, 0))).toBe(0)
            plain.delete(one.key)
          } else {
            packed.drop((bytes) => bytes[0] === one.value)
            for (const [at, bytes] of plain) if (bytes[0] === one.value) plain.delete(at)
          }
          expect(packed.size()).toBe(plain.size)
        }
        for (const [at, bytes] of plain)
          expect(Buffer.compare(packed.take(at) ?? filled(0, 0), bytes)).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  test('hold little more memory than their bytes, however much has passed through', () => {
    const packed = createPackedSubjects()
    for (let round = 0; round < 5; round++) {
      for (let subject = 0; subject < 20_000; subject++) {
        packed.put(`kept ${subject}`, filled(100, 1))
        packed.put('passing', filled(900, 2))
      }
      expect(packed.heldBytes()).toBeLessThan(10_000_000)
      packed.drop((bytes) => bytes[0] === 1)
    }
    for (let round = 0; round < 40; round++)
      for (let subject = 0; subject < 1_000; subject++)
        packed.put(`s${subject}`, filled(1_000 + round, round))
    expect(packed.heldBytes()).toBeLessThan(10_000_000)
    packed.drop(() => true)
    expect(packed.heldBytes()).toBeLessThan(5_000_000)
    expect(packed.size()).toBe(0)
  })
})
