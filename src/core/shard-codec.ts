import { addToSlot, type Cell, createCell, forEachSlot, isEmptyCell } from './cell.ts'
import { type Block, decodeBlock, encodeBlock, type PackedCell, packSlice } from './cell-codec.ts'
import { type InternDimensions, type Span, spanLists } from './contribution.ts'
import { createPackReader, createPackWriter } from './packing.ts'
import type { SetGenerations } from './set-generations.ts'
import { type BlockPlace, freezeBlock, restoreBlock, slicesOfBlock } from './slice-blocks.ts'
import { addEverySlice, sumRunning } from './slice-sums.ts'
import { blockStart, createScopeCells, type Edges, type ScopeCells, type SlicePlace } from './slices.ts'
import type { Topic } from './topics.ts'
import type { Zone } from './zone.ts'

/** How far the publisher of a shard's scopes has come with closed calendar windows. Times are epoch ms. */
export type PublisherMarks = {
  /** Calendar windows that ended up to here have been published as closed; null: none yet. */
  readonly closedMs: number | null
  /** Of those, windows that ended up to here have been published as final; null: it begins a lateness before `closedMs`. */
  readonly finalMs: number | null
  /** What settled as as-of came up to here has been published as settled, of windows closed before; null: it begins at `closedMs`. */
  readonly settledMs: number | null
  /** Windows that end after this were closed while a shard stood further back; null: none. They go out again. */
  readonly recheckMs: number | null
  /** Of those, windows that ended up to here have gone out again; absent: none. */
  readonly recheckedMs?: number
  /** By shard, the sequence up to which its journal is corrected. */
  readonly handled: Readonly<Record<string, number>>
}

/** Under which configuration a shard is counted. */
export type CountedUnder = SetGenerations & {
  /** Of what decides the numbers, grouping sets apart. */
  readonly fingerprint: string
  /** As-of when it changed last, epoch ms; null: never. What was filed before was counted otherwise. */
  readonly changedMs: number | null
}

/** The head of a shard: what is known of the whole, committed with everything else. Times are epoch ms. */
export type ShardHead = PublisherMarks & {
  readonly asOfMs: number
  readonly watermarkMs: number
  /** Offset of the next record to file, decimal, by topic. */
  readonly next: Readonly<Partial<Record<Topic, string>>>
  /** Greatest event time that stands before it, by topic: lateness is judged from it. */
  readonly greatestMs: Readonly<Partial<Record<Topic, number>>>
  readonly lastEventAtMs: number | null
  /** How far the shard has come by itself; the common as-of is the least of these. */
  readonly progressMs: number
  /** Every record filed so far had been read up to the end of its log. */
  readonly isCaughtUp: boolean
  /** Where the slowest of its lagging topics stands; −Infinity: nothing of it was seen; absent: none lags. */
  readonly laggingMs?: number
  /** Nothing that was filed is dated before this; absent: nothing was, or closed windows are out. */
  readonly beginsMs?: number
  /** As-of before the oldest entry of the journal was written; absent: none stands, or by the version before. */
  readonly correctingSinceMs?: number
  /** What became of the records, since the state was begun. */
  readonly counters: Readonly<Record<string, number>>
  /** Reading began here and not at the beginning of the log; null: all history was read. */
  readonly coveredFromMs: number | null
  /** Revisions up to here are the writer's to publish under; null: none were reserved. A successor begins above. */
  readonly revisionTo: number | null
  /** Sequence of the last journal entry; it only grows, whatever the store loses. */
  readonly journalSeq: number
  /** Ranges that stand in the journal. */
  readonly journalRanges: number
  /** Null: by the version before, which did not say. */
  readonly countedUnder: CountedUnder | null
}

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

/** Minus infinity, the as-of of a shard that has seen nothing, is null in JSON. */
export const encodeHead = (head: ShardHead): Uint8Array => utf8.encode(JSON.stringify(head))

/** What the version before did not write yet is as if nothing had happened. */
export const decodeHead = (bytes: Uint8Array): ShardHead => {
  const head = JSON.parse(fromUtf8.decode(bytes)) as { [K in keyof ShardHead]: ShardHead[K] | null }
  const beginning = Number.NEGATIVE_INFINITY
  return {
    ...(head as ShardHead),
    asOfMs: head.asOfMs ?? beginning,
    watermarkMs: head.watermarkMs ?? beginning,
    progressMs: head.progressMs ?? beginning,
    revisionTo: head.revisionTo ?? null,
    finalMs: head.finalMs ?? null,
    settledMs: head.settledMs ?? null,
    recheckMs: head.recheckMs ?? null,
    handled: head.handled ?? {},
    journalSeq: head.journalSeq ?? 0,
    journalRanges: head.journalRanges ?? 0,
    countedUnder: head.countedUnder ?? null,
    ...(head.laggingMs === null ? { laggingMs: beginning } : {}),
  }
}

const edgesField = 'edges'
const olderField = 'older'
/** Said beside the edges: the running cell is not stored but is what is older and all slices together. */
const layoutVersion = 2
/** Written by layout 1 in place of what is older. */
const runningField = 'running'

/** The block of the finest slices that is likely to be written again, of which most commits change one slice or two. Mutable. */
export type GrowingBlock = {
  /** Where it starts, epoch ms; −Infinity: none grows. */
  block: number
  /** Its slices as they were packed last, where there are several; `undefined`: they have to be packed. */
  packed: ReadonlyMap<number, PackedCell> | undefined
}

export const createGrowingBlock = (): GrowingBlock => ({ block: Number.NEGATIVE_INFINITY, packed: undefined })

export type ScopeWriting = {
  readonly zone: Zone
  /** What is remembered from one call to the next: then all slices but those of the growing block are left packed. */
  readonly growing?: GrowingBlock
}

/** The stored fields of a scope that its touched slices lie in; null: nothing is left there. */
export const encodeScopeFields = (
  cells: ScopeCells,
  touched: readonly SlicePlace[],
  writing: ScopeWriting,
): ReadonlyMap<string, Uint8Array | null> => {
  const fields = new Map<string, Uint8Array | null>()
  fields.set(edgesField, encodeEdges(cells.edges))
  // Rarely there, and then small: written whenever it is, so that a scope of layout 1 has it from its first change on.
  if (cells.older) fields.set(olderField, encodeBlock(new Map([[0, cells.older]])))
  const changed = writing.growing && growBlock(cells, touched, writing)
  for (const { tier, startMs } of touched) {
    if (tier < 0) continue
    const block = blockStart(tier, startMs, writing.zone)
    const field = fieldOf(tier, block)
    if (fields.has(field)) continue
    const slices = packBlock(cells, { tier, block, changed }, writing)
    fields.set(field, slices.size === 0 ? null : encodeBlock(slices))
  }
  return fields
}

/** Goes on to the block of the latest of the finest slices, and leaves the former packed. Returns where the touched ones begin. */
const growBlock = (
  cells: ScopeCells,
  touched: readonly SlicePlace[],
  { zone, growing }: ScopeWriting,
): ReadonlySet<number> => {
  const starts = new Set<number>()
  let latestMs = Number.NEGATIVE_INFINITY
  for (const { tier, startMs } of touched) {
    if (tier !== 0) continue
    starts.add(startMs)
    if (startMs > latestMs) latestMs = startMs
  }
  const latest = latestMs === Number.NEGATIVE_INFINITY ? latestMs : blockStart(0, latestMs, zone)
  if (growing && latest > growing.block) {
    if (growing.block > Number.NEGATIVE_INFINITY) leaveBlock(cells, starts, { zone, growing })
    growing.block = latest
    growing.packed = undefined
  }
  return starts
}

const leaveBlock = (
  cells: ScopeCells,
  changed: ReadonlySet<number>,
  { zone, growing }: Required<ScopeWriting>,
): void => {
  const place = { tier: 0, block: growing.block }
  freezeBlock(cells, place, packChanged(slicesOfBlock(cells, place, zone), changed, growing.packed))
}

type WrittenBlock = BlockPlace & { readonly changed: ReadonlySet<number> | undefined }

const packBlock = (
  cells: ScopeCells,
  { tier, block, changed }: WrittenBlock,
  { zone, growing }: ScopeWriting,
): Block => {
  const slices = slicesOfBlock(cells, { tier, block }, zone)
  if (!growing || !changed) return slices
  if (tier !== 0 || block !== growing.block) return freezeBlock(cells, { tier, block }, slices)
  const packed = packChanged(slices, changed, growing.packed)
  growing.packed = packed.size > 1 ? packed : undefined
  return packed
}

const packChanged = (
  slices: Block,
  changed: ReadonlySet<number>,
  before: ReadonlyMap<number, PackedCell> | undefined,
): ReadonlyMap<number, PackedCell> => {
  const packed = new Map<number, PackedCell>()
  for (const [startMs, slice] of slices) {
    const known = before && !changed.has(startMs) ? before.get(startMs) : undefined
    packed.set(startMs, known ?? packSlice(slice))
  }
  return packed
}

const fieldOf = (tier: number, block: number): string => `${tier}:${block}`

/** A scope's cells out of its stored fields. */
export const decodeScopeFields = (fields: ReadonlyMap<string, Uint8Array>, holdsFlows = true): ScopeCells => {
  const { edges, layout } = decodeEdges(fields.get(edgesField))
  const cells = createScopeCells(edges, holdsFlows)
  for (const [field, bytes] of fields) {
    if (field === edgesField || field === olderField || field === runningField) continue
    const [tier = 0, block = 0] = field.split(':').map(Number)
    restoreBlock(cells, { tier, block }, bytes)
  }
  const older = layout === 1 ? olderOfRunning(cells, fields) : cellOf(fields.get(olderField))
  if (older && !isEmptyCell(older)) cells.older = older
  sumRunning(cells)
  return cells
}

const cellOf = (bytes: Uint8Array | undefined): Cell | undefined => bytes && decodeBlock(bytes).get(0)

/** What the stored running cell holds beyond the slices. */
const olderOfRunning = (cells: ScopeCells, fields: ReadonlyMap<string, Uint8Array>): Cell | undefined => {
  const older = cellOf(fields.get(runningField))
  if (!older) return undefined
  const slices = createCell()
  addEverySlice(slices, cells)
  forEachSlot(slices, (slot, value) => addToSlot(older, slot, -value))
  return older
}

let encodedEdges: { readonly edges: Edges; readonly bytes: Uint8Array } | undefined

/** All scopes of a commit have the same edges. */
const encodeEdges = (edges: Edges): Uint8Array => {
  if (encodedEdges?.edges !== edges)
    encodedEdges = { edges, bytes: utf8.encode([...edges, layoutVersion].join()) }
  return encodedEdges.bytes
}

const decodeEdges = (bytes: Uint8Array | undefined): { readonly edges: Edges; readonly layout: number } => {
  if (!bytes) throw new Error('a stored scope has no edges')
  const [fine = 0, minute = 0, quarter = 0, day = 0, layout = 1] = fromUtf8
    .decode(bytes)
    .split(',')
    .map(Number)
  if (layout > layoutVersion)
    throw new Error(`a scope has layout ${layout}, this version reads ${layoutVersion}`)
  return { edges: [fine, minute, quarter, day], layout }
}

/** What stands in the open index of a subject: its spans that are not over, and when it is next due. */
export type OpenEntry = { readonly dueMs: number; readonly spans: readonly Span[] }

const writer = createPackWriter()

export const encodeOpen = ({ dueMs, spans }: OpenEntry): Uint8Array => {
  writer.unsigned(dueMs)
  writer.unsigned(spans.length)
  for (const span of spans) {
    writer.unsigned(spanLists.indexOf(span.list))
    writer.unsigned(span.fromMs)
    writer.unsigned(span.untilMs)
    writer.unsigned(span.sinceMs)
    const pairs = Object.entries(span.dimensions)
    writer.unsigned(pairs.length)
    for (const [name, value] of pairs) {
      writer.text(name)
      writer.text(value)
    }
  }
  return writer.take()
}

const asDecoded: InternDimensions = (dimensions) => dimensions

export const decodeOpen = (bytes: Uint8Array, intern = asDecoded): OpenEntry => {
  const reader = createPackReader(bytes)
  const dueMs = reader.unsigned()
  const spans: Span[] = []
  for (let left = reader.unsigned(); left > 0; left--) {
    const list = spanLists[reader.unsigned()] as Span['list']
    const [fromMs, untilMs, sinceMs] = [reader.unsigned(), reader.unsigned(), reader.unsigned()]
    const dimensions: Record<string, string> = {}
    for (let pairs = reader.unsigned(); pairs > 0; pairs--) {
      const name = reader.text()
      dimensions[name] = reader.text()
    }
    spans.push({ list, fromMs, untilMs, sinceMs, dimensions: intern(dimensions) })
  }
  return { dueMs, spans }
}
