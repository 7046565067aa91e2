import { describe, expect, it } from 'vitest'
import { packArgument } from '../../src/redis/pack.ts'

const text = (length: number): string => 'x'.repeat(length)
const header = (packed: Buffer, bytes: number): string => packed.subarray(0, bytes).toString('hex')

describe('packArgument', () => {
  it.each([
    [0, 'a0'],
    [31, 'bf'],
    [32, 'd920'],
    [255, 'd9ff'],
    [256, 'da0100'],
    [65_535, 'daffff'],
    [65_536, 'db00010000'],
  ])('a text of %d bytes has the header %s', (length, expected) => {
    for (const value of [text(length), Buffer.from(text(length))]) {
      const packed = packArgument(value)
      expect(header(packed, expected.length / 2)).toBe(expected)
      expect(packed.length).toBe(expected.length / 2 + length)
    }
  })

  it.each([
    [0, '90'],
    [15, '9f'],
    [16, 'dc0010'],
    [65_535, 'dcffff'],
    [65_536, 'dd00010000'],
  ])('an array of %d values has the header %s', (length, expected) => {
    const packed = packArgument(Array.from({ length }, () => ''))
    expect(header(packed, expected.length / 2)).toBe(expected)
    expect(packed.length).toBe(expected.length / 2 + length)
  })

  it('a text is as long as its UTF-8 bytes', () => {
    expect(packArgument(['Kø', Uint8Array.of(0, 255)]).toString('hex')).toBe('92a34bc3b8a200ff')
  })
})
