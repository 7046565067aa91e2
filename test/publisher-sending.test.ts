import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { FloorwatchError } from '../src/errors.ts'
import type { SnapshotRecord } from '../src/ports.ts'
import { createCentre } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const config = {
  scopes: [[]],
  publish: [{ scopes: [[]], windows: ['now'], metrics: ['waitingNow'], everyMs: 100 }],
}

const queued = (callId: string, occurredAt: number): Event =>
  ({
    tenantId: 'acme',
    type: 'call.queued',
    eventId: '1',
    callId,
    queueId: 'q',
    direction: 'inbound',
    occurredAt,
  }) as Event

/** A sink whose answers are given by hand; what it was given counts as sent at once. */
const createHeldSink = (sent: SnapshotRecord[]) => {
  const answers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  let isHolding = false
  return {
    sink: {
      publish: async (records: readonly SnapshotRecord[]) => {
        sent.push(...records)
        if (isHolding) await new Promise<void>((resolve, reject) => answers.push({ resolve, reject }))
      },
      publishClosed: async () => {},
      close: async () => {},
    },
    hold: () => {
      isHolding = true
    },
    waiting: () => answers.length,
    answer: (error?: Error) => {
      isHolding = false
      for (const { resolve, reject } of answers.splice(0)) error ? reject(error) : resolve()
    },
  }
}

const openCentre = async () => {
  const centre = createCentre({ config, startMs })
  const held = createHeldSink(centre.sent)
  const process = await centre.join({ sink: held.sink })
  const pass = async (ms: number) => {
    centre.clock.nowMs += ms
    await process.settle()
  }
  await pass(1_000)
  const waiting = () => centre.current().get('acme||now')?.metrics.waitingNow?.value
  const call = (callId: string) => centre.feed([queued(callId, centre.clock.nowMs)])
  return { centre, held, process, pass, waiting, call }
}

describe('while snapshots are being sent', () => {
  test('events are counted on, and what changed goes out when the answer has come', async () => {
    const { centre, held, pass, waiting, call } = await openCentre()
    held.hold()
    call('a')
    await pass(1_000)
    expect(waiting()).toBe(1)
    const sentBefore = centre.sent.length
    call('b')
    await pass(1_000)
    await pass(1_000)
    expect((await centre.heads())[0]?.counters.records).toBe(2)
    expect([centre.sent.length, held.waiting()]).toEqual([sentBefore, 1])
    held.answer()
    await pass(1_000)
    expect(waiting()).toBe(2)
  })

  test('a failure is told, and all of it goes out again', async () => {
    const { centre, held, pass, waiting, call } = await openCentre()
    held.hold()
    call('a')
    await pass(1_000)
    const first = centre.current().get('acme||now')?.revision ?? 0
    held.answer(new FloorwatchError('kafka-unavailable', 'no broker'))
    await pass(1_000)
    expect(centre.logged.some(({ level, part }) => level !== 'info' && part === 'publishing')).toBe(true)
    for (let second = 0; second < 10; second++) await pass(1_000)
    expect(waiting()).toBe(1)
    expect(centre.current().get('acme||now')?.revision).toBeGreaterThan(first)
  })

  test('what was sent before the assignment changed does not count as said after it', async () => {
    const { centre, held, process, pass, call } = await openCentre()
    held.hold()
    call('a')
    await pass(1_000)
    const first = centre.current().get('acme||now')?.revision ?? 0
    await process.give(0)
    held.answer()
    await pass(1_000)
    await pass(1_000)
    expect(centre.current().get('acme||now')?.revision).toBeGreaterThan(first)
  })

  test('a shard is given back only when they have been sent', async () => {
    const { held, process, pass, call } = await openCentre()
    held.hold()
    call('a')
    await pass(1_000)
    let isGone = false
    const gone = process.revoke(0).then(() => {
      isGone = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isGone).toBe(false)
    held.answer()
    await gone
    expect(isGone).toBe(true)
  })
})
