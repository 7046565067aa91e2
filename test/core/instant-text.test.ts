import { expect, test } from 'vitest'
import { instantText } from '../../src/core/instant-text.ts'

test('an instant reads the same however many others were asked for in between', () => {
  const firstMs = Date.parse('2026-03-29T00:59:59.999Z')
  for (let round = 0; round < 2; round++)
    for (let step = 0; step < 2_500; step++) {
      const atMs = firstMs + step * 3_600_001
      expect(instantText(atMs)).toBe(new Date(atMs).toISOString())
    }
})
