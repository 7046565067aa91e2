import type { Log } from './outage-log.ts'
import type { Clock } from './ports.ts'

export type SteadyClockOptions = {
  /** The host's clock, epoch ms: people and time servers set it. */
  readonly wallMs: () => number
  /** Milliseconds of a clock that only goes forward. */
  readonly monotonicMs: () => number
  /** How far the host's clock may lie from where it should be. */
  readonly skewMs: number
  /** Epoch ms of a clock elsewhere that tells who is right after a step: a machine that slept was, one that was set was not. */
  readonly askOther: () => Promise<number>
  readonly log: Log
}

/**
 * The host's clock, as long as it goes as time does. After a step beyond the skew it goes on as though there had been none,
 * until the host's clock is back or the other clock agrees with it (F9): a clock that is set moves no number.
 */
export const createSteadyClock = (options: SteadyClockOptions): Clock => {
  const { wallMs, monotonicMs, skewMs, askOther, log } = options
  let anchor = { wallMs: wallMs(), monotonicMs: monotonicMs() }
  let isOff = false
  let isAsking = false
  const follow = (nowMs: number) => {
    anchor = { wallMs: nowMs, monotonicMs: monotonicMs() }
    if (isOff) log.info({}, 'the clock of this host is right again')
    isOff = false
    return nowMs
  }
  const ask = async () => {
    isAsking = true
    try {
      const otherMs = await askOther()
      const nowMs = wallMs()
      if (isOff && Math.abs(nowMs - otherMs) <= skewMs) follow(nowMs)
    } catch (error) {
      log.debug({ reason: String(error) }, 'no other clock answers')
    } finally {
      isAsking = false
    }
  }
  return {
    now: () => {
      const nowMs = wallMs()
      const dueMs = anchor.wallMs + monotonicMs() - anchor.monotonicMs
      if (Math.abs(nowMs - dueMs) <= skewMs) return follow(nowMs)
      if (!isOff)
        log.error(
          { aheadMs: nowMs - dueMs },
          'the clock of this host was set: it counts for nothing until it is right',
        )
      isOff = true
      if (!isAsking) void ask()
      return dueMs
    },
  }
}
