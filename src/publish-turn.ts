import { listOpen } from './core/rollup.ts'
import type { Tiering } from './core/slices.ts'
import type { Snapshot } from './core/snapshot.ts'
import type { TimeSource } from './core/watermark.ts'
import type { Clock } from './ports.ts'
import { beginPass, type Desk, type DeskRun, readChanges } from './publish-desk.ts'
import type { ScopeInfos } from './publish-scopes.ts'
import type { PublishedState } from './published-state.ts'

/** What the publisher reads between two batches: never for long, so that neither records nor few scopes wait for many. */

const turnMs = 40
/** A desk whose passes take no longer is read first, and never rests: what few scopes say, the whole tenant above all, stays fresh. */
const quickMs = 20

export type Turn = {
  readonly now: PublishedState
  readonly atMs: number
  /** Only quick desks are read. */
  readonly isResting: boolean
  readonly clock: Clock
  readonly tiering: Tiering
  readonly timeSource: TimeSource
  readonly infos: ScopeInfos
  readonly isPartial: (snapshot: Snapshot, scopeKey: string) => boolean
}

export type TurnRun = DeskRun & { readonly desk: Desk }

/** Reads desk after desk until time is up; the others come first the next time. */
export const readTurn = (desks: readonly Desk[], turn: Turn): readonly TurnRun[] => {
  const { now, atMs, isResting, clock } = turn
  const working = desks
    .filter((desk) => (!isResting || isQuick(desk)) && beginPass(desk, { atMs, asOfMs: now.asOfMs }))
    .sort(compareTurns)
  const isTimeUp = () => clock.now() - atMs > turnMs
  const openOf = createOpenLists(now)
  const runs: TurnRun[] = []
  for (const desk of working) {
    if (runs.length > 0 && isTimeUp()) break
    const startMs = clock.now()
    runs.push({ desk, ...readDesk(desk, turn, { openOf, isTimeUp }) })
    desk.lastTurnMs = atMs
    noteReading(desk, clock.now() - startMs)
  }
  return runs
}

const isQuick = ({ passMs, readMs }: Desk): boolean => passMs <= quickMs && readMs <= quickMs

/** One pass in which the machine stood still does not make a desk slow. */
const noteReading = (desk: Desk, ms: number): void => {
  desk.readMs += ms
  if (desk.passLeft > 0) return
  desk.passMs = (desk.passMs * 3 + desk.readMs) / 4
  desk.readMs = 0
}

const compareTurns = (a: Desk, b: Desk): number =>
  Number(isQuick(b)) - Number(isQuick(a)) || a.lastTurnMs - b.lastTurnMs

type OpenOf = (desk: Desk) => ReturnType<typeof listOpen>

const nothingOpen: ReturnType<typeof listOpen> = new Map()

/** Only windows that end at as-of say what is open; listed once a turn and grouping set. */
const createOpenLists = ({ views }: PublishedState): OpenOf => {
  const listed = new Map<string, ReturnType<typeof listOpen>>()
  return ({ window, set, setName }) => {
    if (window.kind !== 'now' && window.kind !== 'total') return nothingOpen
    const open = listed.get(setName) ?? listOpen(views, [set])
    listed.set(setName, open)
    return open
  }
}

type Within = { readonly openOf: OpenOf; readonly isTimeUp: () => boolean }

const readDesk = (desk: Desk, turn: Turn, { openOf, isTimeUp }: Within): DeskRun => {
  const { tiering, timeSource, infos, isPartial, now } = turn
  const { views, asOfMs } = now
  return readChanges(desk, {
    context: { shards: views, asOfMs, tiering, open: openOf(desk), rows: desk.rows },
    wakeContext: { views, asOfMs, tiering, timeSource },
    infos,
    isPartial,
    isTimeUp,
  })
}
