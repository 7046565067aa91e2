import { decodeJsonRecord } from '../core/decode.ts'
import { type Event, kafkaKeyOf, topicOfType } from '../core/events.ts'
import type { Topic } from '../core/topics.ts'
import { FloorwatchError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { parseDuration, parseInstant, parseNumber } from './arguments.ts'

export type SimulateFlags = {
  readonly profile: string
  readonly rate: string
  readonly seed: string
  readonly duration?: string
  readonly events?: string
  readonly late: string
  readonly duplicates: string
  readonly poison: string
  readonly start: string
  readonly speed?: string
  readonly out?: string
  readonly to?: string
}

export type SimulationPlan = {
  readonly seed: number
  readonly eventsPerSecond: number
  readonly startAtMs: number
  readonly durationMs?: number
  readonly events?: number
  readonly lateShare: number
  readonly duplicateShare: number
  readonly poisonShare: number
  /** Simulated seconds a second; without it as fast as it goes. */
  readonly speed?: number
  readonly to: 'stdout' | 'file' | 'kafka'
}

/** What a simulation delivers: an event, or a line that is none, meant for a topic. */
export type SimulatedItem = { readonly event: Event } | { readonly raw: string; readonly topic: Topic }

export type SimulateIo = {
  readonly clock: Clock
  readonly sleep: (ms: number) => Promise<void>
  /** Resolves when the reader has taken them. */
  readonly write: (items: readonly SimulatedItem[]) => Promise<void>
}

const secondsADay = 86_400
const rateMax = 1_000_000
const countMax = 10_000_000_000

/** The same flags give the same plan, `--start now` excepted. Throws `usage-invalid`. */
export const planSimulation = (flags: SimulateFlags, clock: Clock): SimulationPlan => {
  const share = (option: string, text: string) => parseNumber(option, text, { min: 0, max: 1, whole: false })
  const plan: SimulationPlan = {
    seed: parseNumber('--seed', flags.seed, { min: 0, max: Number.MAX_SAFE_INTEGER }),
    eventsPerSecond: parseNumber('--rate', flags.rate, { min: 0.001, max: rateMax, whole: false }),
    startAtMs: flags.start === 'now' ? clock.now() : parseInstant('--start', flags.start),
    ...(flags.duration === undefined ? {} : { durationMs: parseDuration('--duration', flags.duration) }),
    ...(flags.events === undefined
      ? {}
      : { events: parseNumber('--events', flags.events, { min: 1, max: countMax }) }),
    lateShare: share('--late', flags.late),
    duplicateShare: share('--duplicates', flags.duplicates),
    poisonShare: share('--poison', flags.poison),
    ...(flags.speed === undefined
      ? {}
      : { speed: parseNumber('--speed', flags.speed, { min: 0.001, max: secondsADay, whole: false }) }),
    to: destinationOf(flags),
  }
  refuseEndless(plan)
  return plan
}

const destinationOf = ({ to, out }: SimulateFlags): SimulationPlan['to'] => {
  if (to !== undefined && to !== 'kafka')
    throw new FloorwatchError(
      'usage-invalid',
      `--to: '${to}' is no destination; write kafka, or use --out FILE`,
    )
  if (to === 'kafka' && out !== undefined)
    throw new FloorwatchError(
      'usage-invalid',
      '--to kafka and --out FILE exclude each other: give one of them',
    )
  return to === 'kafka' ? 'kafka' : out === undefined ? 'stdout' : 'file'
}

/** A pipe ends when its reader goes; a disk or a broker would fill. */
const refuseEndless = ({ to, durationMs, events, speed }: SimulationPlan): void => {
  if (to === 'stdout' || durationMs !== undefined || events !== undefined) return
  if (to === 'kafka' && speed !== undefined) return
  const paced = to === 'kafka' ? ', or pace it with --speed' : ''
  throw new FloorwatchError('usage-invalid', `simulate would never end: give --events or --duration${paced}`)
}

/** Writes everything, paced by the clock where the plan has a speed; returns the number of items. */
export const writeSimulation = async (
  batches: Iterable<readonly SimulatedItem[]>,
  { startAtMs, speed }: Pick<SimulationPlan, 'startAtMs' | 'speed'>,
  io: SimulateIo,
): Promise<number> => {
  let count = 0
  const startedAtMs = io.clock.now()
  const dueAt = (simulatedMs: number) => startedAtMs + (simulatedMs - startAtMs) / (speed ?? Infinity)
  for (const batch of batches) {
    for (let from = 0; from < batch.length; ) {
      const until =
        speed === undefined ? batch.length : countDue(batch, from, (ms) => dueAt(ms) <= io.clock.now())
      if (until > from) await io.write(batch.slice(from, until))
      const next = batch[until]
      if (next && 'event' in next) await io.sleep(Math.max(1, dueAt(next.event.occurredAt) - io.clock.now()))
      from = until
    }
    count += batch.length
  }
  return count
}

/** Where the first item stands whose time has not come; a bad line comes with the item before it. */
const countDue = (
  batch: readonly SimulatedItem[],
  from: number,
  isDue: (simulatedMs: number) => boolean,
): number => {
  let at = from
  for (let item = batch[at]; item; item = batch[++at])
    if ('event' in item && !isDue(item.event.occurredAt)) break
  return at
}

/** An item as a Kafka record. */
export type SimulatedRecord = {
  readonly topic: Topic
  readonly key: string | null
  readonly value: string
  readonly timestampMs: number
}

/**
 * Items as records keyed by their subject, with event time as the record's time; a bad line gets that of the event
 * before it, and no key where it names no subject.
 */
export const createRecordMaker = (startAtMs: number, format: (item: SimulatedItem) => string) => {
  let latestMs = startAtMs
  return (item: SimulatedItem): SimulatedRecord => {
    if ('raw' in item) {
      const read = decodeJsonRecord({ text: item.raw, headers: {} })
      const key = read.ok ? kafkaKeyOf(read.event) : null
      return { topic: item.topic, key, value: item.raw, timestampMs: latestMs }
    }
    const { event } = item
    latestMs = event.occurredAt
    const topic = topicOfType(event.type)
    if (topic === undefined) throw new Error(`a simulated ${event.type} belongs to no topic`)
    return { topic, key: kafkaKeyOf(event), value: format(item), timestampMs: latestMs }
  }
}
