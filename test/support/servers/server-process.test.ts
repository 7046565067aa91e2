import { expect, test } from 'vitest'
import { findFreePort } from './server-process.ts'

test('no port is given twice: two listeners of one server would be told the same', async () => {
  const ports: number[] = []
  for (let count = 0; count < 300; count++) ports.push(await findFreePort())
  expect(new Set(ports).size).toBe(ports.length)
})
