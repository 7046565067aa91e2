import { FloorwatchError } from '../errors.ts'
import type { ServiceStatus } from '../ports.ts'
import { isOut } from './verdicts.ts'

export type WatchdogOptions = {
  readonly status: () => ServiceStatus
  /** Since the loop last made a turn. */
  readonly turnAgeMs: () => number
  readonly limits: WatchdogLimits
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

export type WatchdogLimits = {
  /** A turn of the loop that takes longer is one that never ends. */
  readonly turnMs: number
  /** Records may wait so long without a commit while nothing is known to be out. */
  readonly noProgressMs: number
}

/** What the group does not notice: a member that heartbeats and does nothing keeps its partitions for ever (hazard K4). */
export type Watchdog = {
  /** Throws `no-progress`. To be called every second or so. */
  check(): void
}

type WatchState = { checkedAtMs: number; awakeAtMs: number; movedAtMs: number; offsets: string }

/** A process that was frozen finds every age too great; its patience begins anew when it wakes. */
const frozenMs = 10_000

export const createWatchdog = (options: WatchdogOptions): Watchdog => {
  const nowMs = options.now()
  const state: WatchState = { checkedAtMs: nowMs, awakeAtMs: nowMs, movedAtMs: nowMs, offsets: '' }
  return {
    check: () => {
      const atMs = options.now()
      if (atMs - state.checkedAtMs > frozenMs) Object.assign(state, { awakeAtMs: atMs, movedAtMs: atMs })
      state.checkedAtMs = atMs
      checkTurn(options, atMs - state.awakeAtMs)
      checkProgress(options, state, atMs)
    },
  }
}

const checkTurn = ({ turnAgeMs, limits }: WatchdogOptions, awakeMs: number): void => {
  const ageMs = Math.min(turnAgeMs(), awakeMs)
  if (ageMs > limits.turnMs) throw noProgress(`the loop has made no turn for ${Math.round(ageMs / 1000)} s`)
}

const checkProgress = ({ status, limits }: WatchdogOptions, state: WatchState, atMs: number): void => {
  const now = status()
  // What waits for slower partitions is not stuck; where these are stuck, their own process ends.
  const waiting = now.shards.filter(
    ({ lag, isHeld }) => !isHeld && lag.some(({ recordCount }) => (recordCount ?? 0) > 0),
  )
  const offsets = now.shards.map((one) => `${one.shard}:${Object.entries(one.offsets).join()}`).join(';')
  if (waiting.length === 0 || offsets !== state.offsets || isOutageMet(now, limits)) state.movedAtMs = atMs
  state.offsets = offsets
  if (atMs - state.movedAtMs <= limits.noProgressMs) return
  const named = waiting.map(({ shard }) => shard).join(', ')
  throw noProgress(
    `records wait in partition ${named}, none was committed for ${Math.round((atMs - state.movedAtMs) / 1000)} s, and nothing is known to be out`,
  )
}

/** An outage that the loop goes on meeting; one that it has forgotten excuses nothing. */
const isOutageMet = ({ outages, nowMs }: ServiceStatus, { noProgressMs }: WatchdogLimits): boolean =>
  outages.some((outage) => isOut(outage) && nowMs - (outage.metAtMs ?? 0) <= noProgressMs)

const noProgress = (what: string): FloorwatchError =>
  new FloorwatchError(
    'no-progress',
    `${what}: the process ends, so that it is started anew or another takes over`,
  )
