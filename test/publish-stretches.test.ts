import { expect, test } from 'vitest'
import type { ClosedSnapshot } from '../src/publish-closed.ts'
import { createPace, sendStretch } from '../src/publish-stretches.ts'

const quarterMs = 900_000
const dayMs = 96 * quarterMs

/** One window each quarter of an hour. */
const readQuarters = (fromMs: number) => (toMs: number) =>
  Array.from(
    { length: (toMs - fromMs) / quarterMs },
    () => ({ texts: { metrics: '' } }) as unknown as ClosedSnapshot,
  )

test('a stretch that takes too much is told in shorter ones, also where short ones go out beside it', async () => {
  const pace = createPace()
  const send = async (part: readonly ClosedSnapshot[]) => part.length <= 50
  const beside = { fromMs: 0, upTo: quarterMs, read: readQuarters(0), send }
  const upTo = 5 * dayMs
  let fromMs = 0
  for (let round = 0; round < 40 && fromMs < upTo; round++) {
    for (let shard = 0; shard < 3; shard++) expect(await sendStretch(pace, beside)).toBe(quarterMs)
    fromMs = (await sendStretch(pace, { fromMs, upTo, read: readQuarters(fromMs), send })) ?? fromMs
  }
  expect(fromMs).toBe(upTo)
})
