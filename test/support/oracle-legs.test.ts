import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { defaultOracleConfig } from './oracle/config.ts'
import { makeEvent } from './oracle/make-event.ts'
import { createOracle } from './oracle.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const start = Date.parse('2026-03-02T10:00:00Z')

type Asked = { readonly wrapExpected?: boolean; readonly window?: string; readonly asOf?: number }

const ask = (events: readonly Event[], asked: Asked = {}) => {
  const { wrapExpected = false, window = 'total', asOf = start + 24 * hour } = asked
  const oracle = createOracle(events, { ...defaultOracleConfig, wrapExpected })
  return oracle.snapshot({ tenantId: 'default', scope: {}, window, asOfMs: asOf }).metrics
}

describe('legs', () => {
  const twoLegs = [
    makeEvent('call.queued', start),
    makeEvent('call.answered', start, { agentId: 'anna', legId: 'A' }),
    makeEvent('call.transferred', start + 120 * second, { mode: 'blind', legId: 'A' }),
    makeEvent('call.answered', start + 120 * second, { agentId: 'ben', legId: 'B' }),
    makeEvent('call.wrapped', start + 150 * second, { legId: 'A' }),
    makeEvent('call.ended', start + 300 * second),
    makeEvent('call.wrapped', start + 360 * second, { legId: 'B' }),
  ]

  test('A 120 + 30 s, B 180 + 60 s: legs 195 s, n 2, the call 390 s, n 1', () => {
    const metrics = ask(twoLegs)
    expect(metrics.averageHandleTime).toMatchObject({ value: 195_000, n: 2 })
    expect(metrics.handleTimePerCall).toMatchObject({ value: 390_000, n: 1 })
    expect(metrics.transferRate).toMatchObject({ numerator: 1, denominator: 2 })
  })

  test('an awaited wrap dates the handle time, or the end of the waiting does', () => {
    const wrapExpected = true
    const asOf = start + 300 * second + 10 * minute
    expect(ask(twoLegs, { wrapExpected, asOf }).averageHandleTime?.n).toBe(2)
    expect(ask(twoLegs, { wrapExpected, asOf: start + 360 * second }).averageHandleTime?.n).toBe(1)
    const unwrapped = twoLegs.filter((event) => event.type !== 'call.wrapped')
    expect(ask(unwrapped, { wrapExpected, asOf: asOf + 1 }).averageHandleTime?.n).toBe(2)
    expect(ask(unwrapped, { wrapExpected, asOf }).averageHandleTime?.n).toBe(1)
  })

  test('a wrap that nobody awaited takes the handle time to where it lies, however late it comes', () => {
    const before = { asOf: start + 360 * second }
    expect(ask(twoLegs, before).averageHandleTime).toMatchObject({ value: 150_000, n: 1 })
    expect(ask(twoLegs, before).handleTimePerCall?.n).toBe(0)
    const unwrapped = twoLegs.filter((event) => event.type !== 'call.wrapped')
    expect(ask(unwrapped, before).averageHandleTime).toMatchObject({ value: 150_000, n: 2 })
    const late = [...unwrapped, makeEvent('call.wrapped', start + 2 * hour, { legId: 'B' })]
    const metrics = ask(late, { window: '1h', asOf: start + 2 * hour + minute })
    expect(metrics.averageHandleTime).toMatchObject({ value: 2 * hour - 120_000, n: 1 })
    expect(metrics.wrapTime).toMatchObject({ value: 2 * hour - 300_000, n: 1 })
  })

  test('only the first wrap after the end of a leg is its own', () => {
    const metrics = ask([
      makeEvent('call.answered', start),
      makeEvent('call.wrapped', start + 10 * second),
      makeEvent('call.ended', start + 20 * second),
      makeEvent('call.wrapped', start + 50 * second),
      makeEvent('call.wrapped', start + 90 * second),
    ])
    expect(metrics.averageHandleTime).toMatchObject({ value: 50_000, n: 1 })
    expect(metrics.wrapTime).toMatchObject({ value: 30_000, n: 1 })
  })

  test('a call nobody answered has nothing to wrap up', () => {
    const events = [
      makeEvent('call.queued', start),
      makeEvent('call.abandoned', start + second),
      makeEvent('call.wrapped', start + minute),
    ]
    expect(ask(events).averageHandleTime?.n).toBe(0)
  })

  test('a running hold closes at the end of its leg', () => {
    const metrics = ask([
      makeEvent('call.answered', start),
      makeEvent('call.held', start + 10 * second),
      makeEvent('call.ended', start + 25 * second),
    ])
    expect(metrics.holdTime).toMatchObject({ value: 15_000, n: 1 })
    expect(metrics.talkTime).toMatchObject({ value: 10_000, n: 1 })
  })

  test('after a consultation the next answer ends the leg', () => {
    const metrics = ask([
      makeEvent('call.answered', start, { agentId: 'anna' }),
      makeEvent('call.transferred', start + 5 * second, { mode: 'consult' }),
      makeEvent('call.answered', start + 9 * second, { agentId: 'ben' }),
    ])
    expect(metrics.averageHandleTime).toMatchObject({ value: 9000, n: 1 })
  })
})
