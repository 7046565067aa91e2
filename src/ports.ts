/** What the loop asks of the outside. Adapters live in the rooms (kafka, redis, registry, memory, files). */
import type { Event, RejectReason } from './core/events.ts'
import type { Topic } from './core/topics.ts'

/** One record as it lies in the log, with its own timestamp. Its fields may be read when asked for: not to be copied by `...`. */
export type SourceRecord = {
  readonly topic: Topic
  /** The topic's name in the log, prefix included. */
  readonly topicName: string
  readonly partition: number
  readonly offset: bigint
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMs: number
  /** Set when the source could not read the record (an unknown or broken compression, over a limit): a dead letter as it is. */
  readonly unreadable?: Unreadable
}

export type Unreadable = {
  readonly reason: Extract<RejectReason, 'malformed' | 'too-large'>
  readonly detail: string
}

/** Where one topic-partition of a shard stands, from the source's point of view. */
export type LagView = {
  readonly topic: Topic
  readonly partition: number
  /** Offset of the next record the source will hand out. */
  readonly position: bigint
  /** End of the log when last fetched; `null` until the first fetch, and while the log does not answer. */
  readonly end: bigint | null
  /** The instant, by `EventSource.instantMs`, before which nothing was appended at or after `end`; Infinity: ever. */
  readonly endAtMs: number
  /** Records that wait to be taken. */
  readonly queuedCount: number
  /** Nothing more is fetched until some of them are taken. */
  readonly isFull: boolean
}

export type ShardOffsets = Readonly<Partial<Record<Topic, bigint>>>

/** Told by the source on each change of assignment; both are awaited before records of the new assignment flow. */
export type AssignmentListener = {
  /** Returns the offsets to start from, per topic; a missing topic starts as `kafka.startFrom` says. */
  readonly onAssigned: (shard: number) => Promise<ShardOffsets>
  readonly onRevoked: (shard: number) => Promise<void>
  /** The source cannot go on (a crash that is not restarted); the process must end. */
  readonly onFatal: (error: Error) => void
  /** Records are gone from the log before they were read, and the source was told to go on without them. */
  readonly onDataLoss?: (loss: DataLoss) => void
  /** The source is a member of its group, with or without shards. */
  readonly onJoined?: () => void
  /** The log does not answer; the source goes on trying. May come again before `onRecovered`. */
  readonly onOutage?: (error: Error) => void
  readonly onRecovered?: () => void
}

/** Retention overtook the shard (`found` > `expected`), or the topic was made anew (`found` < `expected`). */
export type DataLoss = {
  readonly topic: Topic
  readonly partition: number
  /** Offset that was to be read next. */
  readonly expected: bigint
  /** Offset the source goes on from. */
  readonly found: bigint
}

/** Records in order per topic-partition, in bounded queues: a full one pauses it. Partition n of every topic goes to one member: shard n. */
export type EventSource = {
  /** Number of partitions of every input topic. Differing counts throw `kafka-partitions-differ`. */
  readonly partitions: number
  start(listener: AssignmentListener): Promise<void>
  /** The first record of each non-empty queue of a shard, without taking it. */
  peek(shard: number): readonly SourceRecord[]
  /** Takes the first record of that queue. */
  take(shard: number, topic: Topic): SourceRecord | undefined
  lag(shard: number): readonly LagView[]
  /** Milliseconds of a clock of its own that only goes forward. */
  readonly instantMs: () => number
  /** Drops what a shard has queued and starts it again from these offsets, as on assignment: after its state was loaded anew. */
  seek(shard: number, offsets: ShardOffsets): Promise<void>
  /** Resolves when a queue that was empty has a record, an end of log became known, or `timeoutMs` has passed. */
  wait(timeoutMs: number): Promise<void>
  /** Kafka's committed offsets are a hint for lag tools, written after the state. */
  hintCommitted(shard: number, offsets: ShardOffsets): Promise<void>
  close(): Promise<void>
}

export type Rejected = { readonly ok: false; readonly reason: RejectReason; readonly detail: string }
export type Decoded = { readonly ok: true; readonly event: Event } | Rejected

/** Bytes to event: plain JSON, or Avro / JSON Schema in the registry's wire format. An outage throws `registry-unavailable`. */
export type RecordDecoder = {
  /** Synchronous when the schema is known, a promise when it must be fetched first. */
  decode(record: SourceRecord): Decoded | Promise<Decoded>
  close(): Promise<void>
}

export type DeadLetter = Omit<Rejected, 'ok'> & { readonly record: SourceRecord }

export type DeadLetters = {
  /** At least once; resolves when all are acknowledged. */
  send(letters: readonly DeadLetter[]): Promise<void>
  close(): Promise<void>
}

/** One published snapshot. `value` null is a tombstone. */
export type SnapshotRecord = {
  readonly key: string
  readonly value: string | null
  readonly revision: number
}

export type SnapshotSink = {
  /** To the compacted topic of current windows, and to where the latest of each key stands. Sends in one lane (in bulk unless said) wait for none in the other; no key is in both. */
  publish(records: readonly SnapshotRecord[], lane?: 'urgent' | 'bulk'): Promise<void>
  /** Keys of current windows whose latest snapshot stands; absent: none was published before this process. */
  standing?(): Promise<readonly string[]>
  /** Closed calendar windows and their corrections, to the intervals topic. */
  publishClosed(records: readonly SnapshotRecord[]): Promise<void>
  close(): Promise<void>
}

/** Snapshots for a reader such as the wallboard: the latest of each key first, then every change. */
export type SnapshotSource = {
  /** Returns a function that ends the subscription. */
  subscribe(listener: (record: SnapshotRecord) => void): () => void
  /** The latest record of every key. */
  latest(): readonly SnapshotRecord[]
  close(): Promise<void>
}

/** Where the loop tells what it does, for metrics and watchdogs. Called at every step: cheap, and never throws. */
export type Meter = {
  /** A commit is sent; the returned function is told how it ended, `failed` for an outage or an unknown outcome. */
  startCommit(): (outcome: CommitOutcome | 'failed') => void
  /** Current or closed snapshots are sent; the returned function is told how many stand, or that it failed. */
  startPublish(): (recordCount: number | 'failed') => void
  /** A step of a shard filed so many records. */
  noteBatch(recordCount: number): void
  /** A turn of the loop is over. */
  noteTurn(): void
}

/** What the service tells of itself, for probes, people and metrics. Times are epoch ms of the service's clock; null: not yet. */
export type ServiceStatus = {
  readonly nowMs: number
  readonly isJoined: boolean
  /** Told to stop. */
  readonly isDraining: boolean
  readonly shardCount: number
  /** Every shard given to this process is loaded, and the store has answered whatever it was asked last. */
  readonly isLoaded: boolean
  /** Every part that can be out, whether it is or not. */
  readonly outages: readonly OutageStatus[]
  /** Shards of this process, as committed. */
  readonly shards: readonly ShardStatus[]
}

export type OutageStatus = {
  readonly part: string
  /** Outages since the start of the process. */
  readonly count: number
  /** Null: not out. */
  readonly sinceMs: number | null
  /** When it was last met. */
  readonly metAtMs: number | null
  readonly reason: string | null
}

export type ShardStatus = {
  readonly shard: number
  readonly asOfMs: number | null
  readonly watermarkMs: number | null
  readonly isCaughtUp: boolean
  /** What comes next waits for slower partitions. */
  readonly isHeld: boolean
  readonly committedAtMs: number | null
  /** Of each topic the records that wait to be taken, and those in the log and not in the state: null while it does not answer. */
  readonly lag: readonly (Pick<LagView, 'topic' | 'queuedCount'> & { readonly recordCount: number | null })[]
  /** Moves when records are committed, and only then. */
  readonly offsets: ShardOffsets
  /** What became of the records, since the state was begun. */
  readonly counters: Readonly<Record<string, number>>
}

/** Says epoch milliseconds. */
export type Clock = { now(): number }

/** Identity of a writer: compared whole, so that a Redis that lost its tail cannot hand out the same one twice. */
export type Epoch = { readonly counter: number; readonly nonce: string }

/** Packed bytes as they stand in the store. Never changed once handed over, in either direction. */
export type Bytes = Uint8Array

/** One atomic change of a shard. Values are absolute, never increments; `null` deletes. */
export type Commit = {
  readonly epoch: Epoch
  /** The id of the commit before it, as the shard's memory knows it. */
  readonly previousId: string
  readonly id: string
  /** Offsets, watermark, as-of, counters, greatest event times: the shard's head, encoded by core. */
  readonly head: Bytes
  /** Subject key → encoded subject. */
  readonly subjects: ReadonlyMap<string, Bytes | null>
  /** Scope key → field → packed slices; a scope mapped to null is dropped whole. */
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, Bytes | null> | null>
  /** Subject key → its open spans and next due instant, encoded. */
  readonly open: ReadonlyMap<string, Bytes | null>
  /** Sequence → changes of windows that may be closed, encoded; it stands until every publisher has corrected them. */
  readonly journal: ReadonlyMap<string, Bytes | null>
}

export type CommitOutcome = 'committed' | 'fenced' | 'diverged'

/** A shard less its subjects, which are read through later. `Gone` stands for what was deleted. */
type ShardParts<Gone> = {
  /** Empty string when the shard was never written. */
  readonly lastId: string
  readonly head: Bytes | null
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, Bytes> | Gone>
  readonly open: ReadonlyMap<string, Bytes | Gone>
  readonly journal: ReadonlyMap<string, Bytes | Gone>
}

/** Everything a new owner loads on taking a shard. */
export type ShardState = ShardParts<never> & { readonly epoch: Epoch }

/** What changed in a shard since a commit id: for publishers that do not own it. Not `incremental`: the id has left the chain, and all is here. */
export type ShardChanges = ShardParts<null> & { readonly incremental: boolean }

export type StateStore = {
  /** First use writes the identity (partition count, zone …); later another one than the state was made with throws `state-identity-differs`. */
  checkIdentity(identity: string): Promise<void>
  /** Takes the shard: raises the epoch, so that any former owner is fenced, and loads it. `nowMs` feeds the epoch's counter. */
  takeShard(shard: number, nowMs: number): Promise<ShardState>
  readSubjects(shard: number, keys: readonly string[]): Promise<ReadonlyMap<string, Bytes>>
  /** A commit sent again after a lost reply is `committed`. `redis-outcome-unknown` may stand, may not, or may yet arrive. */
  commit(shard: number, commit: Commit): Promise<CommitOutcome>
  /** The id of the last commit that stands in the store, to decide after a timeout; only `takeShard` stops one that may yet arrive. */
  lastCommitId(shard: number): Promise<string>
  /** Scopes are narrowed by `wanted`, so that a publisher reads only what it publishes. */
  readChanges(shard: number, request: ChangesRequest): Promise<ShardChanges>
  /** Shards that were taken from a state that is live no longer, where states are swapped: they are to be taken anew. */
  findMoved?(): Promise<readonly number[]>
  close(): Promise<void>
}

export type ChangesRequest = {
  /** Empty string: everything. */
  readonly sinceId: string
  readonly wanted: (scopeKey: string) => boolean
}

/** Names one counting of the state beside others. Empty string: the first one, whose keys bear no name. */
export type GenerationName = string

/** A counting that a rebuild began, last heard of at `seenMs`. `fromMs` null: from the beginning of the log. */
export type Generation = {
  readonly name: GenerationName
  readonly identity: string
  readonly fingerprint: string
  readonly fromMs: number | null
  /** The log had lost records before this; null: none that the rebuild knows of. */
  readonly completeFromMs: number | null
  /** Records were filed by their key, not by the partition they lie in. */
  readonly isResharded: boolean
  readonly begunMs: number
  readonly seenMs: number
}

/** `former`: the one it took over from. No former one has used a revision above the floor; null: its writers may still be at work. */
export type LiveGeneration = {
  readonly name: GenerationName
  readonly former: GenerationName | null
  readonly revisionFloor: number | null
}

/** Which counting of the state is live, and what others there are. */
export type GenerationStore = {
  live(): Promise<LiveGeneration>
  /** In the order they were begun. */
  list(): Promise<readonly Generation[]>
  put(generation: Generation): Promise<void>
  /** By which rules the state of that name is counted, as text of the caller's; null: not known. */
  readRules(name: GenerationName): Promise<string | null>
  putRules(name: GenerationName, rules: string): Promise<void>
  /** One atomic step. `moved`: another than `from` is live by now. */
  swap(change: { readonly from: GenerationName; readonly to: GenerationName }): Promise<'swapped' | 'moved'>
  /** What the state of that name was made with; null: there is none. */
  readIdentity(name: GenerationName): Promise<string | null>
  /** Fences the writers of a shard for good: it can be read and not be taken any more. Returns its head. */
  retireShard(name: GenerationName, shard: number): Promise<Bytes | null>
  /** All shards of the former one are retired. A floor never falls. */
  noteRetired(former: GenerationName, revisionFloor: number): Promise<void>
  /** Deletes all of a counting; what is live is the caller's to spare. */
  drop(name: GenerationName): Promise<void>
  close(): Promise<void>
}
