import {
  isEmptySnapshot,
  type ReadContext,
  readSnapshot,
  type Snapshot,
  snapshotKeyOf,
} from './core/snapshot.ts'
import { type CalendarWindow, closedWindowsBetween } from './core/windows.ts'
import type { Desk } from './publish-desk.ts'
import type { ScopeInfos } from './publish-scopes.ts'
import { sliceStarts } from './publish-wakes.ts'

export type Closing = {
  readonly context: Omit<ReadContext, 'rows'>
  readonly infos: ScopeInfos
  /** Shards of this process, and the instant up to which the windows of the scopes they publish are out; null: none. */
  readonly closedMs: ReadonlyMap<number, number | null>
  /** Every watermark has passed this instant. */
  readonly watermarkMs: number
  readonly latenessMs: number
}

/** A closed calendar window of a scope: its key on the intervals topic, and what it says. */
export type ClosedSnapshot = { readonly key: string; readonly scopeKey: string; readonly snapshot: Snapshot }

/** Calendar windows that as-of has passed since the last time, period by period. Empty ones are left out. */
export function* readClosed(desks: readonly Desk[], closing: Closing): Generator<readonly ClosedSnapshot[]> {
  for (const desk of desks) {
    const { window } = desk
    if (window.kind !== 'calendar') continue
    for (const [shard, after] of closing.closedMs) yield* readDesk(desk, { ...closing, shard, after, window })
  }
}

type DeskClosing = Closing & {
  readonly shard: number
  readonly after: number | null
  readonly window: CalendarWindow
}

function* readDesk(desk: Desk, closing: DeskClosing): Generator<readonly ClosedSnapshot[]> {
  const { context, window } = closing
  const upTo = context.asOfMs
  const from = closing.after ?? firstSlice(desk, closing)
  for (const period of closedWindowsBetween(window, context.tiering.zone, { after: from, upTo }))
    yield readPeriod(desk, closing, period)
}

type Period = { readonly startAt: number; readonly endAt: number }

const readPeriod = (desk: Desk, closing: DeskClosing, period: Period): readonly ClosedSnapshot[] => {
  const { context, infos, window, watermarkMs, latenessMs } = closing
  const isFinal = watermarkMs >= period.endAt + latenessMs
  const found: ClosedSnapshot[] = []
  for (const scopeKey of scopesOf(desk, closing)) {
    const request = { scope: infos.of(scopeKey), window, period, isFinal }
    const snapshot = readSnapshot({ ...context, rows: desk.rows }, request)
    if (isEmptySnapshot(snapshot)) continue
    const key = `${snapshotKeyOf(scopeKey, window.id)}|${new Date(period.startAt).toISOString()}`
    found.push({ key, scopeKey, snapshot })
  }
  return found
}

const scopesOf = ({ setName }: Desk, { infos, shard }: DeskClosing): readonly string[] =>
  [...infos.keys()].filter((key) => {
    const info = infos.of(key)
    return info.setName === setName && info.publisher === shard
  })

/** Where nothing was closed yet: the first slice that holds anything. */
const firstSlice = (desk: Desk, closing: DeskClosing): number => {
  let first = closing.context.asOfMs
  for (const start of sliceStarts(closing.context.shards, scopesOf(desk, closing)))
    first = Math.min(first, start)
  return first
}
