import { setImmediate } from 'node:timers/promises'
import { boundedDelay } from './backoff.ts'
import { fingerprintOf } from './config-fingerprint.ts'
import { rulesOf } from './config-rules.ts'
import type { Config } from './config-schema.ts'
import type { ShardOptions } from './core/shard.ts'
import { createZone } from './core/zone.ts'
import { measureSink, measureStore } from './measured-ports.ts'
import { createOutageLog, type Log, type OutagePart } from './outage-log.ts'
import type {
  Clock,
  DeadLetters,
  EventSource,
  Meter,
  RecordDecoder,
  SnapshotSink,
  StateStore,
} from './ports.ts'
import { createProcessor, type Processor } from './processor.ts'
import { publishPlansOf, setsOf, totalSetsOf } from './publish-plans.ts'
import { createPublisher } from './publisher.ts'
import { createRewindWatch } from './rewind-watch.ts'
import { type ShardWriter, type ShardWriterOptions, takeShard } from './shard-writer.ts'
import { inputTopics } from './topic-names.ts'

/** The outside of a processor, already connected; whoever opened it closes it. */
export type ServicePorts = {
  readonly source: EventSource
  readonly store: StateStore
  readonly decoder: RecordDecoder
  readonly deadLetters: DeadLetters
  readonly sink: SnapshotSink
  readonly clock: Clock
  readonly meter?: Meter
  /** Rests before the next attempt to take a shard; attempts count from 0. */
  readonly delay?: (attempt: number) => Promise<void>
  /** Lets timers and sockets have a turn; absent: a turn of the event loop. */
  readonly giveWay?: () => Promise<void>
}

export type Service = Processor & { readonly outages: () => readonly OutagePart[] }

/** Largest sum of record values in one batch. */
const batchBytesMax = 16_000_000

/** The flow, wired to its ports: everything between a record and a snapshot. */
export const createService = (config: Config, given: ServicePorts, log: Log): Service => {
  const ports = measurePorts(given)
  const { limits, time } = config
  const publisher = createPublisher({
    plans: publishPlansOf(config),
    shardCount: ports.source.partitions,
    tiering: { zone: createZone(time.zone), finestTier: 0 },
    timeSource: time.source,
    latenessMs: time.latenessMs,
    labels: config.labels,
    sink: ports.sink,
    clock: ports.clock,
  })
  const outages = createOutageLog(log, ports.clock.now)
  const writerOptions = writerOptionsOf(config, ports)
  const processor = createProcessor({
    source: ports.source,
    store: ports.store,
    publisher,
    clock: ports.clock,
    time,
    outages,
    rewinds: createRewindWatch(log),
    batchRecordsMax: limits.batchRecordsMax,
    badRecordShare: limits.badRecordShare,
    ...(ports.meter ? { meter: ports.meter } : {}),
    delay: ports.delay ?? boundedDelay,
    giveWay: ports.giveWay ?? setImmediate,
    takeShard: async (shard) => {
      const options = writerOptions(shard)
      const writer = await takeShard(options, ports.clock.now())
      tellChange(writer, options, log)
      return writer
    },
  })
  return { ...processor, outages: outages.current }
}

/** What was filed before is counted as it was: until a rebuild the numbers are of two configurations. */
const tellChange = (writer: ShardWriter, { shard, fingerprint }: ShardWriterOptions, log: Log): void => {
  const before = writer.head().countedUnder
  if (!before) return
  const now = { fingerprint, sets: Object.keys(writer.engine.generations().sets) }
  const sets = Object.keys(before.sets)
  if (before.fingerprint === fingerprint && before.generation === writer.engine.generations().generation)
    return
  log.warn({ shard, before: { fingerprint: before.fingerprint, sets }, now }, 'configuration changed')
}

type WriterPorts = Pick<ServicePorts, 'source' | 'store' | 'decoder' | 'deadLetters' | 'clock'>

/** How every shard is written under this configuration. */
export const writerOptionsOf = (
  config: Config,
  ports: WriterPorts,
): ((shard: number) => ShardWriterOptions) => {
  const { limits, time } = config
  const { source, store, decoder, deadLetters, clock } = ports
  const plans = publishPlansOf(config)
  const engine: ShardOptions = {
    rules: rulesOf(config).rules,
    sets: setsOf(config, plans),
    zone: createZone(time.zone),
    finestTier: 0,
    totalSets: totalSetsOf(plans),
    latenessMs: time.latenessMs,
    forgets: true,
    eventsPerSubjectMax: limits.eventsPerSubjectMax,
    scopeKeysMax: limits.scopeKeysMax,
    tracksChanges: true,
  }
  const intake = {
    source,
    decoder,
    topics: inputTopics,
    partitioner: config.kafka.partitioner,
    time,
    batchRecordsMax: limits.batchRecordsMax,
    batchBytesMax,
  }
  const { liveSubjectsMax, dueSubjectsMax, journalRangesMax } = limits
  const fingerprint = fingerprintOf(config)
  return (shard) => ({
    shard,
    store,
    deadLetters,
    engine,
    intake,
    time,
    liveSubjectsMax,
    dueSubjectsMax,
    journalRangesMax,
    fingerprint,
    coveredFromMs: coveredFrom(config, clock),
  })
}

const measurePorts = (ports: ServicePorts): ServicePorts => {
  const { store, sink, meter } = ports
  return meter ? { ...ports, store: measureStore(store, meter), sink: measureSink(sink, meter) } : ports
}

/** Where counting begins when not at the beginning of the log. */
const coveredFrom = ({ kafka }: Config, clock: Clock): number | null => {
  switch (kafka.startFrom) {
    case 'earliest':
      return null
    case 'latest':
      return clock.now()
    default:
      return Date.parse(kafka.startFrom)
  }
}

/** What the stored state was made with and cannot be changed under it. */
export const identityOf = (config: Config, partitions: number): string =>
  JSON.stringify({ partitions, partitioner: config.kafka.partitioner, zone: config.time.zone, layout: 1 })
