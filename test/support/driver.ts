import { type Event, subjectKey } from '../../src/core/events.ts'
import { catalogueFor } from '../../src/core/metrics.ts'
import { listOpen, type OpenLists } from '../../src/core/open-index.ts'
import { type ShardView, viewShard } from '../../src/core/rollup.ts'
import { defaultRules, type Rules } from '../../src/core/rules.ts'
import { type GroupingSet, normaliseSet, withParents } from '../../src/core/scopes.ts'
import { createShard, type Shard, type ShardDelta, type ShardOptions } from '../../src/core/shard.ts'
import { readSnapshot, type Snapshot } from '../../src/core/snapshot.ts'
import {
  type CalendarWindow,
  calendarWindowContaining,
  parseWindow,
  type WindowSpec,
} from '../../src/core/windows.ts'
import { createZone, type Zone } from '../../src/core/zone.ts'

export type DriverOptions = {
  readonly rules?: Rules
  /** Dimension names; default: the whole tenant, queue, channel, agent. */
  readonly sets?: readonly (readonly string[])[]
  readonly zone?: string
  readonly shardCount?: number
  readonly shard?: Partial<ShardOptions>
}

export type SnapshotWanted = {
  readonly tenantId?: string
  /** The closed calendar window that holds this instant, in place of the current one. */
  readonly containing?: number
}

/** A scenario's engine: shards, and a store that holds what they committed. Time is moved by hand. */
export type Driver = {
  /** Files events in the order given. */
  feed(events: readonly Event[]): void
  /** Moves as-of (never back), places what has come due, commits. */
  advanceTo(toMs: number): void
  snapshot(scope: Readonly<Record<string, string>>, windowId: string, wanted?: SnapshotWanted): Snapshot
  /** Loses all memory; goes on from the last commit, and files again what came after it. */
  crash(): void
  /** Drops subjects from memory down to so many; they are read back from the store. */
  evict(keep: number): void
  /** What is open at as-of, by scope key and list. */
  open(): ReadonlyMap<string, OpenLists>
  readonly shards: () => readonly Shard[]
  readonly stores: readonly DriverStore[]
}

/** What the commits of one shard left. */
export type DriverStore = {
  readonly subjects: Map<string, Uint8Array>
  readonly cells: Map<string, Map<string, Uint8Array>>
  readonly open: Map<string, Uint8Array>
  asOfMs: number
}

type Lane = { shard: Shard; readonly store: DriverStore; uncommitted: Event[] }

const defaultSets = [[], ['queueId'], ['channel'], ['agentId']]
/** Nothing is forgotten before it: an event of any age is accepted where a test asks for no lateness. */
const neverMs = 100 * 365 * 86_400_000
/** Small, so that every advance takes several steps. */
const dueStepSubjects = 2

export const createDriver = (options: DriverOptions = {}): Driver => {
  const sets: readonly GroupingSet[] = withParents((options.sets ?? defaultSets).map(normaliseSet))
  const shardOptions = shardOptionsOf(options, sets)
  const lanes = Array.from({ length: options.shardCount ?? 1 }, (): Lane => {
    const store = { subjects: new Map(), cells: new Map(), open: new Map(), asOfMs: Number.NEGATIVE_INFINITY }
    return { shard: createShard(shardOptions), store, uncommitted: [] }
  })
  const views = () => lanes.map(({ shard }) => viewShard(shard))
  return {
    stores: lanes.map(({ store }) => store),
    shards: () => lanes.map(({ shard }) => shard),
    feed: (events) => {
      for (const event of events) fileInto(lanes[laneOf(event, lanes.length)] as Lane, event)
    },
    advanceTo: (toMs) => {
      for (const lane of lanes) advanceLane(lane, toMs)
    },
    snapshot: (scope, windowId, wanted) => readFrom(views(), { sets, shardOptions, scope, windowId }, wanted),
    crash: () => {
      for (const lane of lanes) restartLane(lane, shardOptions)
    },
    evict: (keep) => {
      for (const { shard } of lanes) shard.evictSubjects(keep)
    },
    open: () => listOpen(views(), sets),
  }
}

const zones = new Map<string, Zone>()

/** One for all drivers: to look a zone's offsets up costs more than a scenario. */
export const zoneNamed = (name: string): Zone => {
  const zone = zones.get(name) ?? createZone(name)
  zones.set(name, zone)
  return zone
}

const shardOptionsOf = (options: DriverOptions, sets: readonly GroupingSet[]): ShardOptions => ({
  rules: options.rules ?? defaultRules,
  sets,
  zone: zoneNamed(options.zone ?? 'UTC'),
  finestTier: 0,
  totalSets: [[], ['queueId']],
  latenessMs: neverMs,
  forgets: true,
  eventsPerSubjectMax: 2_000,
  scopeKeysMax: 1_000,
  tracksChanges: true,
  ...options.shard,
})

/** Any rule will do that keeps a subject's events together. */
const laneOf = (event: Event, laneCount: number): number =>
  [...subjectKey(event)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % laneCount

const fileInto = (lane: Lane, event: Event): void => {
  loadInto(lane, subjectKey(event))
  lane.shard.fileEvent(event)
  lane.uncommitted.push(event)
}

const loadInto = ({ shard, store }: Lane, key: string): void => {
  if (shard.isMissing(key)) shard.loadSubject(key, store.subjects.get(key) ?? null)
}

const advanceLane = (lane: Lane, toMs: number): void => {
  for (let isThere = false; !isThere; ) {
    const { keys, reachedMs } = lane.shard.takeDue(toMs, dueStepSubjects)
    for (const key of keys) loadInto(lane, key)
    lane.shard.advance(reachedMs, keys)
    isThere = reachedMs === toMs
  }
  commit(lane)
}

const commit = (lane: Lane): void => {
  const { shard, store } = lane
  const delta: ShardDelta = shard.takeDelta()
  putAll(store.subjects, delta.subjects)
  putAll(store.open, delta.open)
  for (const [scope, fields] of delta.cells) {
    const stored = store.cells.get(scope) ?? new Map<string, Uint8Array>()
    putAll(stored, fields)
    store.cells.set(scope, stored)
  }
  store.asOfMs = shard.asOfMs()
  lane.uncommitted = []
}

const putAll = (stored: Map<string, Uint8Array>, changed: ReadonlyMap<string, Uint8Array | null>): void => {
  for (const [key, bytes] of changed) {
    if (bytes) stored.set(key, bytes)
    else stored.delete(key)
  }
}

const restartLane = (lane: Lane, options: ShardOptions): void => {
  const again = lane.uncommitted
  lane.shard = createShard(options)
  lane.shard.restore(lane.store)
  lane.uncommitted = []
  for (const event of again) fileInto(lane, event)
}

type Read = {
  readonly sets: readonly GroupingSet[]
  readonly shardOptions: ShardOptions
  readonly scope: Readonly<Record<string, string>>
  readonly windowId: string
}

const windows = new Map<string, WindowSpec>()

/** One for all drivers, with its zone. */
const windowNamed = (id: string): WindowSpec => {
  const known = windows.get(id)
  if (known) return known
  const parsed = parseWindow(id)
  if (!parsed.ok) throw new Error(parsed.detail)
  windows.set(id, parsed.window)
  return parsed.window
}

const readFrom = (
  shards: readonly ShardView[],
  { sets, shardOptions, scope, windowId }: Read,
  { tenantId = 'default', containing }: SnapshotWanted = {},
): Snapshot => {
  const { zone, finestTier, rules } = shardOptions
  const window = windowNamed(windowId)
  const context = {
    shards,
    asOfMs: Math.min(...shards.map(({ asOfMs }) => asOfMs)),
    tiering: { zone, finestTier },
    open: listOpen(shards, sets),
    rows: catalogueFor(rules),
  }
  const request = { scope: { tenantId, dimensions: scope }, window }
  if (containing === undefined) return readSnapshot(context, request)
  const period = calendarWindowContaining(window as CalendarWindow, zone, containing)
  return readSnapshot(context, { ...request, period })
}
