import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { FloorwatchError } from '../src/errors.ts'
import type { SnapshotRecord } from '../src/ports.ts'
import { createCentre, type LogLine } from './support/centre.ts'
import { makeEvent } from './support/oracle/make-event.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const config = {
  scopes: [[]],
  publish: [{ scopes: [[]], windows: ['now'], metrics: ['waitingNow'], everyMs: 100 }],
}

const queued = (callId: string, occurredAt: number, queueId = 'q'): Event =>
  makeEvent('call.queued', occurredAt, { tenantId: 'acme', callId, queueId })

const isSnapshot = ({ key }: SnapshotRecord): boolean => !key.startsWith('~')
const isOutage = ({ part, message }: LogLine): boolean =>
  part === 'publishing' && message.startsWith('outage')

/** A sink whose answers are given by hand; what it was given counts as sent at once. */
const createHeldSink = (sent: SnapshotRecord[]) => {
  const answers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  let isHolding = false
  let isFailing = false
  let tries = 0
  return {
    sink: {
      publish: async (records: readonly SnapshotRecord[]) => {
        tries++
        if (isFailing) throw new FloorwatchError('kafka-unavailable', 'no broker')
        sent.push(...records)
        if (isHolding) await new Promise<void>((resolve, reject) => answers.push({ resolve, reject }))
      },
      publishClosed: async () => {},
      close: async () => {},
    },
    hold: () => {
      isHolding = true
    },
    fail: () => {
      isFailing = true
      tries = 0
    },
    tries: () => tries,
    waiting: () => answers.length,
    answer: (error?: Error) => {
      isHolding = false
      isFailing = false
      for (const { resolve, reject } of answers.splice(0)) error ? reject(error) : resolve()
    },
  }
}

const openCentre = async (more: object = {}) => {
  const centre = createCentre({ config: { ...config, ...more }, startMs })
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

  test('what was not sent yet when the shard was lost is left out', async () => {
    const { centre, held, process, pass } = await openCentre({
      scopes: [['queueId']],
      publish: [{ scopes: [['queueId']], windows: ['now'], metrics: ['waitingNow'], everyMs: 100 }],
    })
    held.hold()
    const nowMs = centre.clock.nowMs
    centre.feed(Array.from({ length: 700 }, (_, at) => queued(`call-${at}`, nowMs, `q-${at}`)))
    await pass(1_000)
    expect(centre.sent.filter(isSnapshot)).toHaveLength(500)
    await process.revoke(0)
    held.answer()
    await pass(1_000)
    expect(centre.sent.filter(isSnapshot)).toHaveLength(500)
  })

  test('to stop waits for them, and tells what became of them', async () => {
    const { centre, held, process, pass, call } = await openCentre()
    held.hold()
    call('a')
    await pass(1_000)
    let isStopped = false
    const stopped = process.service.stop().then(() => {
      isStopped = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isStopped).toBe(false)
    held.answer(new FloorwatchError('kafka-unavailable', 'no broker'))
    await stopped
    expect(centre.logged.filter(isOutage).map(({ message }) => message)).toEqual(['outage began'])
  })

  test('no answer for ten seconds is an outage, which the answer ends', async () => {
    const { centre, held, pass, call } = await openCentre()
    held.hold()
    call('a')
    for (let second = 0; second < 9; second++) await pass(1_000)
    expect(centre.logged.filter(isOutage)).toEqual([])
    for (let second = 0; second < 9; second++) await pass(1_000)
    held.answer()
    for (let second = 0; second < 9; second++) await pass(1_000)
    const told = centre.logged.filter(isOutage).map(({ message }) => message)
    expect(told).toEqual(['outage began', 'outage ended'])
  })

  test('a machine that slept has waited for no answer', async () => {
    const { centre, held, pass, call } = await openCentre()
    held.hold()
    call('a')
    await pass(1_000)
    await pass(3_600_000)
    expect(centre.logged.filter(isOutage)).toEqual([])
  })
})

describe('what could not be sent', () => {
  test('is tried again with growing pauses', async () => {
    const { held, pass, call } = await openCentre()
    held.fail()
    call('a')
    for (let tick = 0; tick < 600; tick++) await pass(50)
    expect(held.tries()).toBeLessThan(20)
    expect(held.tries()).toBeGreaterThan(5)
  })

  test('goes out as soon as it can, however seldom its set is published', async () => {
    const seldom = { scopes: [[]], windows: ['now'], metrics: ['waitingNow'], everyMs: 3_600_000 }
    const { held, pass, call, waiting } = await openCentre({ publish: [seldom] })
    held.fail()
    call('a')
    await pass(1_000)
    await pass(1_000)
    held.answer()
    for (let second = 0; second < 20; second++) await pass(1_000)
    expect(waiting()).toBe(1)
  })
})
