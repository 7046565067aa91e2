import { type Cell, createCell } from './cell.ts'
import type { OpenTable } from './open-table.ts'
import type { Shard } from './shard.ts'
import { addAll, addSlices, levelsAt } from './slice-sums.ts'
import type { ScopeCells } from './slices.ts'
import type { Zone } from './zone.ts'

/** One shard as a reader sees it: its own live state, or another owner's as last read. */
export type ShardView = {
  readonly asOfMs: number
  readonly cellsOf: (scopeKey: string) => ScopeCells | undefined
  /** Scopes that stand there and are left to other publishers to read; absent: all are read. */
  readonly unread?: ReadonlySet<string>
  readonly open: OpenTable
}

/** A live shard, read where it stands. */
export const viewShard = (shard: Shard): ShardView => ({
  asOfMs: shard.asOfMs(),
  cellsOf: (key) => shard.scopes.byKey.get(key)?.cells,
  open: shard.open,
})

/** The sum of a scope over shards. `flows`: Σ over [startMs, endMs); `levels`: gauges at endMs. */
export type WindowSum = { readonly flows: Cell; readonly levels: Cell }

export type SumRange = {
  /** −Infinity: from the beginning. */
  readonly startMs: number
  /** Half-open; `Infinity`: up to each shard's as-of. */
  readonly endMs: number
}

type Within = { readonly range: SumRange; readonly zone: Zone }

/** Adds a scope's cells up over all shards; one with nothing there adds nothing. */
export const sumScope = (
  shards: readonly ShardView[],
  scopeKey: string,
  { range, zone }: Within,
): WindowSum => {
  const levels = createCell()
  for (const shard of shards) {
    const cells = shard.cellsOf(scopeKey)
    if (cells) levelsAt(levels, cells, { atMs: Math.min(range.endMs, shard.asOfMs), zone })
  }
  return { flows: sumFlows(shards, scopeKey, { range, zone }), levels }
}

/** The flows alone. */
export const sumFlows = (shards: readonly ShardView[], scopeKey: string, { range, zone }: Within): Cell => {
  const flows = createCell()
  for (const shard of shards) {
    const cells = shard.cellsOf(scopeKey)
    if (!cells) continue
    if (range.startMs === Number.NEGATIVE_INFINITY) addAll(flows, cells)
    else addSlices(flows, cells, { ...range, zone })
  }
  return flows
}
