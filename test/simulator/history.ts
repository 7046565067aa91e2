import { createFleet, endFaults, scheduleFaults } from './faults.ts'
import { judgeCommit } from './judge-commit.ts'
import { judgeEnd } from './judge-end.ts'
import { type Act, drawPlan, type Plan } from './plan.ts'
import { drawWorkload } from './workload.ts'
import { type Alteration, createWorld, type World } from './world.ts'

export type History = {
  readonly plan: Plan
  /** What went against the laws; none: all held. */
  readonly violations: readonly string[]
  /** Hash of all that happened, in order. */
  readonly fingerprint: string
  readonly trace: readonly string[]
  readonly stepCount: number
}

export type HistoryOptions = { readonly alteration?: Alteration; readonly keepsTrace?: boolean }

const second = 1_000
/** Takes in what arrives late, sessions that run out, shards that are left in peace for seconds. */
const calmMs = 45 * second
/** From the last record to its snapshots. */
const settlingMs = 20 * second
const briskMs = 9 * second
/** In the midst of a slice: rolling windows stand still for seconds around it. */
const judgedAtMs = 4 * second
const sliceMs = 5 * second

/** Lives through the history of a seed, and judges what is left when all is calm again. */
export const runHistory = async (seed: number, options: HistoryOptions = {}): Promise<History> => {
  const { alteration = {}, keepsTrace = false } = options
  const plan = drawPlan(seed)
  const world = createWorld(plan, { alteration, keepsTrace, onCommit: judgeCommit })
  const fleet = createFleet(world)
  const lastAppendedMs = scheduleRecords(world)
  for (const act of plan.acts) {
    await passQuiet(world, act)
    scheduleFaults(fleet, act)
    await world.scheduler.runUntil(act.fromMs + act.lastsMs)
  }
  endFaults(fleet)
  await endCalm(world, lastAppendedMs)
  judgeEnd(world)
  const { violations, scheduler } = world
  return {
    plan,
    violations,
    fingerprint: scheduler.fingerprint(),
    trace: scheduler.trace,
    stepCount: scheduler.stepCount(),
  }
}

/** Returns the instant of the last one. */
const scheduleRecords = ({ plan, log, scheduler }: World): number => {
  const records = drawWorkload(plan)
  for (const { atMs, topic, key, value, partition } of records)
    scheduler.after(atMs - scheduler.now(), () => {
      const placed = partition === undefined ? {} : { partition }
      log.append(topic, { key, value, timestampMs: scheduler.now(), ...placed })
      scheduler.note(`${topic}: ${value}`)
    })
  return records.at(-1)?.atMs ?? 0
}

/** The last stretch before an act is lived at its own pace. */
const wakeUpMs = 10 * second

const passQuiet = async (world: World, { fromMs }: Act): Promise<void> => {
  world.pace = 'quiet'
  await world.scheduler.runUntil(fromMs - wakeUpMs)
  world.pace = 'usual'
  await world.scheduler.runUntil(fromMs)
}

const endCalm = async (world: World, lastAppendedMs: number): Promise<void> => {
  const { scheduler } = world
  const calmEndMs = Math.max(scheduler.now() + calmMs, lastAppendedMs + settlingMs)
  const endMs = Math.ceil(calmEndMs / sliceMs) * sliceMs + judgedAtMs
  await scheduler.runUntil(endMs - briskMs)
  world.pace = 'brisk'
  await scheduler.runUntil(endMs)
}
