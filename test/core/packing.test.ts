import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPackReader, createPackWriter } from '../../src/core/packing.ts'

const writer = createPackWriter()

describe('values are packed and read back', () => {
  test('integers to 2^53, signed and unsigned', () => {
    fc.assert(
      fc.property(
        fc.array(fc.maxSafeNat()),
        fc.array(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 })),
        (unsigned, signed) => {
          for (const value of unsigned) writer.unsigned(value)
          for (const value of signed) writer.signed(value)
          const reader = createPackReader(writer.take())
          expect(unsigned.map(() => reader.unsigned())).toEqual(unsigned)
          expect(signed.map(() => reader.signed())).toEqual(signed)
          expect(reader.isAtEnd()).toBe(true)
        },
      ),
    )
  })

  test('text of any script, and bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array(), (text, bytes) => {
        writer.text(text)
        writer.bytes(bytes)
        const reader = createPackReader(writer.take())
        expect(reader.text()).toBe(text)
        expect([...reader.bytes()]).toEqual([...bytes])
      }),
    )
  })

  test('more than a writer first has room for', () => {
    const text = 'ü'.repeat(10_000)
    writer.text(text)
    expect(createPackReader(writer.take()).text()).toBe(text)
  })
})

describe('what cannot be packed or read is a defect', () => {
  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no unsigned integer', (value) => {
    expect(() => createPackWriter().unsigned(value)).toThrow('is no unsigned integer')
  })

  test('bytes cut short throw', () => {
    writer.text('abcdef')
    const bytes = writer.take()
    expect(() => createPackReader(bytes.subarray(0, 3)).text()).toThrow('ends in the middle')
    expect(() => createPackReader(new Uint8Array([0x80])).unsigned()).toThrow('ends in the middle')
  })
})
