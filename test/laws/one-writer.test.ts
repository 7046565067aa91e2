import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { createMemoryStore } from '../../src/memory/store.ts'
import type { SnapshotSink } from '../../src/ports.ts'
import { createCentre } from '../support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const queued = (index: number): Event =>
  ({
    type: 'call.queued',
    tenantId: 'acme',
    eventId: `e-${index}`,
    callId: `call-${index}`,
    queueId: 'billing',
    direction: 'inbound',
    occurredAt: startMs + index * 1_000,
  }) as Event

const config = {
  scopes: [[]],
  publish: [
    { scopes: [[]], windows: ['total', 'now'], metrics: ['callsOffered', 'waitingNow'], everyMs: 100 },
  ],
}

const keys = ['acme||total', 'acme||now']

/** A sink that answers only when told: where a process was stopped in the middle of publishing. */
const createHeldSink = (sink: SnapshotSink) => {
  let letGo: () => void = () => {}
  let held: Promise<void> | undefined
  return {
    hold: () => {
      held = new Promise((resolve) => {
        letGo = resolve
      })
    },
    letGo: () => letGo(),
    sink: {
      ...sink,
      publish: async (records) => {
        await held
        await sink.publish(records)
      },
    } satisfies SnapshotSink,
  }
}

describe('law 4: one writer', () => {
  test('a writer whose shard was taken changes nothing', async () => {
    const centre = createCentre({ config, startMs })
    const zombie = await centre.join()
    await zombie.settle()
    const successor = await centre.join()
    centre.feed([queued(1)])
    centre.clock.nowMs += 5_000
    await successor.settle()
    const [before] = await centre.heads()
    centre.feed([queued(2)])
    await zombie.round()
    expect(await centre.heads()).toEqual([before])
    await successor.settle()
    centre.clock.nowMs += 1_000
    await successor.settle()
    expect(centre.current().get('acme||total')?.metrics.callsOffered?.value).toBe(2)
  })

  test.each([
    { label: 'seconds after its successor began', turnMs: 1_000 },
    { label: 'a minute after its successor began', turnMs: 30_000 },
  ])('a zombie that wakes in the middle of publishing, $label, is outranked', async ({ turnMs }) => {
    const centre = createCentre({ config, startMs })
    const { sink, hold, letGo } = createHeldSink(centre.sink)
    const zombie = await centre.join({ sink })
    centre.feed([queued(1)])
    centre.clock.nowMs += 3_000
    await zombie.settle()
    centre.feed([queued(2)])
    await zombie.settle()
    hold()
    centre.clock.nowMs += 1_500
    const stopped = zombie.round()
    await new Promise((resolve) => setImmediate(resolve))
    const successor = await centre.join()
    centre.feed([queued(3)])
    for (let turn = 0; turn < 2; turn++) {
      centre.clock.nowMs += turnMs
      await successor.settle()
    }
    const told = centre.current()
    for (const key of keys) expect(told.get(key)?.metrics.waitingNow?.value).toBe(3)
    letGo()
    await stopped
    for (let round = 0; round < 3; round++) await zombie.round()
    for (const key of keys) expect(centre.current().get(key)).toEqual(told.get(key))
  })

  test('after the store was emptied the next owner outranks what the former one said, at once', async () => {
    const centre = createCentre({ config, startMs })
    centre.feed([queued(1)])
    await (await centre.join()).settle()
    const former = await centre.join()
    for (let second = 0; second < 3; second++) {
      centre.clock.nowMs += 1_000
      await former.settle()
    }
    const told = centre.current().get('acme||total')
    const next = await centre.join({ store: createMemoryStore({ chainLength: 16 }) })
    centre.feed([queued(2)])
    for (let second = 0; second < 3; second++) {
      centre.clock.nowMs += 1_000
      await next.settle()
    }
    expect(told?.metrics.callsOffered?.value).toBe(1)
    expect(centre.current().get('acme||total')?.metrics.callsOffered?.value).toBe(2)
  })

  test('a writer that finds its shard taken leaves the successor in peace for seconds', async () => {
    const centre = createCentre({ config, startMs })
    const zombie = await centre.join()
    const successor = await centre.join()
    centre.clock.nowMs += 5_000
    await zombie.round()
    expect(zombie.service.heads().size).toBe(0)
    centre.clock.nowMs += 1_000
    await zombie.round()
    await successor.round()
    expect(successor.service.heads().size).toBe(1)
  })
})
