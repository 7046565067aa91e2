import { rulesOf } from '../src/config-rules.ts'
import { configSchema } from '../src/config-schema.ts'
import { type Event, subjectOf } from '../src/core/events.ts'
import { isCounted } from '../src/core/facts.ts'
import { createShard, type Shard } from '../src/core/shard.ts'
import type { ShardDelta } from '../src/core/shard-delta.ts'
import { createZone } from '../src/core/zone.ts'
import { createSimulation } from '../src/simulate/simulation.ts'

const config = configSchema.parse({})
const events = 100_000

/** Packed bytes of a shard with the default scopes after a simulated day of 100,000 events, and the time to load it. */
export const measureState = (): Readonly<Record<string, number>> => {
  const shard = openShard()
  const counts = fileDay(shard)
  const delta = shard.takeDelta()
  const bytesOf = (kind: string) =>
    sumBytes([...delta.subjects].filter(([key]) => key.split('|')[1] === kind).map(([, bytes]) => bytes))
  const openTickets = [...shard.openSpans()].filter(([key]) => key.split('|')[1] === 'ticket')
  const openBytes = sumBytes(openTickets.map(([key]) => delta.open.get(key) ?? null))
  const cellBytes = sumBytes([...delta.cells.values()].flatMap((fields) => [...fields.values()]))
  return {
    scopes: delta.cells.size,
    'bytes per scope': Math.round(cellBytes / delta.cells.size),
    'bytes per call': Math.round(bytesOf('call') / counts.call.subjects),
    'bytes per event of a call': round1(bytesOf('call') / counts.call.events),
    'bytes per ticket': Math.round(bytesOf('ticket') / counts.ticket.subjects),
    'bytes per event of a ticket': round1(bytesOf('ticket') / counts.ticket.events),
    'open tickets': openTickets.length,
    'bytes per open ticket in the open index': Math.round(openBytes / openTickets.length),
    'ms of CPU to load the shard': round1(loadMs(delta, shard)),
  }
}

const openShard = (): Shard =>
  createShard({
    rules: rulesOf(config).rules,
    sets: config.scopes,
    zone: createZone(config.time.zone),
    finestTier: 0,
    latenessMs: config.time.latenessMs,
    forgets: true,
    eventsPerSubjectMax: config.limits.eventsPerSubjectMax,
    scopeKeysMax: config.limits.scopeKeysMax,
    tracksChanges: true,
  })

type KindCount = { events: number; subjects: number }

const fileDay = (shard: Shard): Readonly<Record<'call' | 'ticket', KindCount>> => {
  const counts = { call: { events: 0, subjects: 0 }, ticket: { events: 0, subjects: 0 } }
  const seen = new Set<string>()
  for (const event of simulateDay()) {
    const { kind, id } = subjectOf(event)
    if (!isCounted(kind)) continue
    shard.fileEvent(event)
    if (kind !== 'call' && kind !== 'ticket') continue
    counts[kind].events++
    if (!seen.has(`${kind}|${id}`)) counts[kind].subjects++
    seen.add(`${kind}|${id}`)
  }
  const endMs = Date.UTC(2026, 0, 6, 4)
  shard.advance(endMs, shard.takeDue(endMs, Number.POSITIVE_INFINITY).keys)
  return counts
}

function* simulateDay(): Generator<Event> {
  const simulation = createSimulation({
    seed: 1,
    profile: 'default',
    eventsPerSecond: 1,
    startAtMs: Date.UTC(2026, 0, 5),
    events,
  })
  for (const items of simulation.batches()) for (const item of items) if ('event' in item) yield item.event
}

const loadMs = (delta: ShardDelta, shard: Shard): number => {
  const stored = {
    asOfMs: shard.asOfMs(),
    cells: new Map([...delta.cells].map(([key, fields]) => [key, withoutDeleted(fields)])),
    open: withoutDeleted(delta.open),
  }
  const before = process.cpuUsage()
  openShard().restore(stored)
  return process.cpuUsage(before).user / 1000
}

const withoutDeleted = (fields: ReadonlyMap<string, Uint8Array | null>): ReadonlyMap<string, Uint8Array> =>
  new Map([...fields].flatMap(([key, bytes]) => (bytes ? [[key, bytes] as const] : [])))

const sumBytes = (all: readonly (Uint8Array | null)[]): number =>
  all.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0)

const round1 = (value: number): number => Math.round(value * 10) / 10
