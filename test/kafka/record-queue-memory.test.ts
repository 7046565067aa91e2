import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createRecordQueue } from '../../src/kafka/record-queue.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('an empty queue keeps nothing of the fetches whose records were all taken', async () => {
  const queue = createRecordQueue()
  const origin = { topic: 'ticket', topicName: 'acme.tickets', partition: 0 } as const
  const before = process.memoryUsage().arrayBuffers
  for (let offset = 0n; offset < 200n; offset++) {
    const value = Buffer.alloc(500_000)
    queue.add({ ...origin, offset, key: null, value, headers: {}, timestampMs: 1 })
    queue.take()
  }
  collect()
  await new Promise((resolve) => setTimeout(resolve, 50))
  collect()
  expect(queue.records()).toBe(0)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000)
})
