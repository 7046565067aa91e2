import { describe, expect, it } from 'vitest'
import { createSteadyClock } from '../src/steady-clock.ts'

const hourMs = 3_600_000

const open = (otherOffMs = 0) => {
  const host = { trueMs: 1_000_000, offMs: 0, sleptMs: 0 }
  const said: string[] = []
  const say = (_: object, message: string) => void said.push(message)
  const clock = createSteadyClock({
    wallMs: () => host.trueMs + host.offMs,
    monotonicMs: () => host.trueMs - host.sleptMs,
    skewMs: 60_000,
    askOther: async () => host.trueMs + otherOffMs,
    log: { debug: () => {}, info: say, warn: say, error: say },
  })
  return { host, clock, said }
}

describe('F9: a clock that is set', () => {
  it.each([hourMs, -hourMs])('by %d ms moves nothing, and time goes on', (stepMs) => {
    const { host, clock, said } = open()
    host.offMs = stepMs
    expect(clock.now()).toBe(1_000_000)
    host.trueMs += 5_000
    expect(clock.now()).toBe(1_005_000)
    host.offMs = 0
    expect(clock.now()).toBe(1_005_000)
    expect(said).toEqual([expect.stringContaining('was set'), expect.stringContaining('right again')])
  })

  it('little by little, within the skew, is followed', () => {
    const { host, clock, said } = open()
    for (let step = 0; step < 10; step++) {
      host.offMs += 50_000
      expect(clock.now()).toBe(1_000_000 + host.offMs)
    }
    expect(said).toEqual([])
  })

  it('after the machine slept is right, for the other clock says so', async () => {
    const { host, clock } = open()
    host.trueMs += hourMs
    host.sleptMs = hourMs
    expect(clock.now()).toBe(1_000_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(clock.now()).toBe(1_000_000 + hourMs)
  })
})
