import { rulesOf } from '../config-rules.ts'
import type { Config } from '../config-schema.ts'
import { type Event, subjectKey } from '../core/events.ts'
import { catalogueFor } from '../core/metrics.ts'
import { type GroupingSet, withParents } from '../core/scopes.ts'
import { refusalDetails } from '../core/timeline.ts'
import type { WindowSpec } from '../core/windows.ts'
import { createZone } from '../core/zone.ts'
import type { Decoded } from '../ports.ts'
import { createReplay, type Replay, type ReplayedSnapshot } from '../replay.ts'
import { parseDuration, parseInstant, parseSets, parseWindows } from './arguments.ts'
import { printable } from './printable.ts'
import { formatSnapshotTable } from './snapshot-table.ts'

export type ReplayFlags = {
  readonly asOf?: string
  readonly every?: string
  readonly windows: string
  readonly scopes: string
  readonly table?: boolean
  readonly strict?: boolean
}

export type ReplayInput = {
  readonly file: string
  readonly line: number
  readonly decoded: Decoded
}

/** What the command needs of the outside. */
export type ReplayIo = {
  readonly read: (files: readonly string[]) => AsyncIterable<readonly ReplayInput[]>
  readonly print: (text: string) => Promise<void>
  readonly complain: (text: string) => void
}

/** What is said of a line of a batch; of one batch in the order of its lines. `index` −1: it lay in an earlier one. */
type Complaint = { readonly index: number; readonly text: string }

/** Runs events of NDJSON files through the engine; returns the exit code. */
export const replayFiles = async (
  files: readonly string[],
  { config, flags }: { readonly config: Config; readonly flags: ReplayFlags },
  io: ReplayIo,
): Promise<number> => {
  let reading: readonly ReplayInput[] = []
  const complaints: Complaint[] = []
  const options = optionsOf(config, flags)
  const printed = new Set<string>()
  const replay = createReplay({
    ...options,
    onRefused: (event, refusal) => {
      const reason = refusal === 'subject-too-long' ? refusal : 'conflicting'
      const { index, name } = placeOf(event, reading)
      complaints.push({ index, text: `${name}: ${reason}: ${refusalDetails[refusal]}` })
    },
  })
  const complain = (): void => {
    complaints.sort((a, b) => a.index - b.index)
    for (const { text } of complaints.splice(0)) io.complain(printable(text))
  }
  const print = (snapshot: ReplayedSnapshot) => {
    printed.add(Object.keys(snapshot.scope).sort().join())
    return io.print(flags.table ? formatSnapshotTable(snapshot) : `${JSON.stringify(snapshot)}\n`)
  }
  let refusedCount = 0
  for await (const batch of io.read(files)) {
    reading = batch
    const events: Event[] = []
    for (const [index, input] of batch.entries()) {
      const { decoded } = input
      if (decoded.ok) events.push(decoded.event)
      else complaints.push({ index, text: `${nameOf(input)}: ${decoded.reason}: ${decoded.detail}` })
    }
    refusedCount += batch.length - events.length
    for (const snapshot of replay.feed(events)) await print(snapshot)
    complain()
  }
  for (const snapshot of replay.finish()) await print(snapshot)
  complain()
  for (const set of options.sets)
    if (replay.counts.applied > 0 && !printed.has(set.join()))
      io.complain(`nothing was printed${describeSet(set)}`)
  for (const line of summarise(replay, refusedCount)) io.complain(line)
  return flags.strict && refusedCount + replay.counts.conflicting > 0 ? 1 : 0
}

const describeSet = (set: GroupingSet): string =>
  set.length === 0
    ? ''
    : ` by ${set.join()}: no event that counts in these windows names ${set.join(' and ')}`

const nameOf = ({ file, line }: ReplayInput): string => `${file}:${line}`

/** Under `--every` an event may have waited since an earlier batch: then its ids tell where it is. */
const placeOf = (
  event: Event,
  batch: readonly ReplayInput[],
): { readonly index: number; readonly name: string } => {
  const index = batch.findIndex(({ decoded }) => decoded.ok && decoded.event === event)
  const input = batch[index]
  return { index, name: input ? nameOf(input) : `${subjectKey(event)}, event ${event.eventId}` }
}

const summarise = ({ counts }: Replay, refusedCount: number): readonly string[] => {
  const lines: string[] = []
  const parts = [
    `${counts.applied} events applied`,
    `${counts.duplicate} duplicate`,
    `${refusedCount} refused`,
    ...(counts.conflicting > 0 ? [`${counts.conflicting} conflicting`] : []),
    ...(counts.subjectTooLong > 0 ? [`${counts.subjectTooLong} past their subject's limit`] : []),
    ...(counts.heldBack > 0 ? [`${counts.heldBack} dated at or after --as-of`] : []),
    ...(counts.notCounted > 0
      ? [`${counts.notCounted} of agents or business, which no metric counts yet`]
      : []),
  ]
  lines.push(parts.join(', '))
  return lines
}

const optionsOf = (config: Config, flags: ReplayFlags) => {
  const windows = parseWindows('--windows', flags.windows)
  const sets = parseSets('--scopes', flags.scopes)
  const { rules } = rulesOf(config)
  const { limits, time } = config
  return {
    shard: {
      rules,
      sets: withParents(sets),
      zone: createZone(time.zone),
      finestTier: finestTierOf(windows, flags),
      latenessMs: time.latenessMs,
      eventsPerSubjectMax: limits.eventsPerSubjectMax,
      scopeKeysMax: limits.scopeKeysMax,
    },
    rows: catalogueFor(rules),
    windows,
    sets: sets as readonly GroupingSet[],
    ...(flags.asOf === undefined ? {} : { asOfMs: parseInstant('--as-of', flags.asOf) }),
    ...(flags.every === undefined ? {} : { everyMs: parseDuration('--every', flags.every) }),
    disorderMs: time.disorderMs,
    liveSubjectsMax: limits.liveSubjectsMax,
    packedSubjectsMax: limits.packedSubjectsMax,
  }
}

/** Slices nobody will read are not kept: `total` and `now` need the running cells alone (but for 7 days' resolutions). */
const finestTierOf = (windows: readonly WindowSpec[], { every, asOf }: ReplayFlags): number => {
  if (windows.some(({ kind }) => kind === 'rolling')) return 0
  const isOnQuarters =
    (every === undefined || parseDuration('--every', every) % quarterMs === 0) && asOf === undefined
  if (windows.every(({ kind }) => kind === 'total' || kind === 'now') || isOnQuarters) return 2
  return 0
}

const quarterMs = 900_000
