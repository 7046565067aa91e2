import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { at } from '../support/ask.ts'
import { type SnapshotTopic, watchSnapshots } from '../support/metrics-topic.ts'
import { openServiceBench, type ServiceBench } from '../support/service.ts'

const viewTtlMs = 1_000

let bench: ServiceBench | undefined
let topic: SnapshotTopic | undefined
afterEach(async () => {
  await topic?.close()
  await bench?.close()
})

const publishing = (scopes: readonly (readonly string[])[]) => [
  { scopes, windows: ['total'], metrics: ['wait'], everyMs: 100 },
]

it('what a new configuration publishes no more is taken back from the topic, long after Redis has forgotten it', {
  timeout: 120_000,
}, async () => {
  const scopes = [[], ['queueId']]
  bench = await openServiceBench(
    { time: { source: 'events' }, scopes, publish: publishing(scopes), redis: { viewTtlMs } },
    2,
  )
  topic = await watchSnapshots(bench.client, bench.names.metrics)
  const keys = () => [...(topic?.latest().keys() ?? [])].sort()
  await bench.feed([
    at('call.queued', 0, { callId: 'a', queueId: 'billing' }),
    at('call.answered', 1_000, { callId: 'a', queueId: 'billing' }),
  ])
  const first = bench.start()
  const all = ['default|queueId=billing|total', 'default||total']
  await expect.poll(keys, { timeout: 60_000 }).toEqual(all)
  expect(await first.kill('SIGTERM')).toBe(0)
  await setTimeout(2 * viewTtlMs)
  expect([...(await bench.snapshots()).keys()]).toEqual([])
  bench.start({ FLOORWATCH_PUBLISH: JSON.stringify(publishing([[]])) })
  await expect.poll(keys, { timeout: 60_000 }).toEqual(['default||total'])
})
