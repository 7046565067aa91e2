import { listOpen } from './core/rollup.ts'
import type { Tiering } from './core/slices.ts'
import { isCurrent, type Snapshot } from './core/snapshot.ts'
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

/** Reads desk after desk, the quick ones for a while and then the others for a while: none waits for ever for another. */
export const readTurn = (desks: readonly Desk[], turn: Turn): readonly TurnRun[] => {
  const { now, atMs, isResting } = turn
  const due = (isWanted: (desk: Desk) => boolean): readonly Desk[] =>
    desks
      .filter((desk) => isWanted(desk) && beginPass(desk, { atMs, asOfMs: now.asOfMs }))
      .sort((a, b) => a.lastTurnMs - b.lastTurnMs)
  const slow = isResting ? [] : due((desk) => !isQuick(desk))
  const openOf = createOpenLists(now)
  return [due(isQuick), slow].flatMap((some) => readDesks(some, { ...turn, openOf }))
}

type OpenOf = (desk: Desk) => ReturnType<typeof listOpen>
type Reading = Turn & { readonly openOf: OpenOf }

const readDesks = (desks: readonly Desk[], reading: Reading): readonly TurnRun[] => {
  const { clock, atMs, openOf } = reading
  const endMs = clock.now() + turnMs
  const runs: TurnRun[] = []
  for (const desk of desks) {
    const startMs = clock.now()
    if (runs.length > 0 && startMs > endMs) break
    const open = openOf(desk)
    const listedMs = clock.now()
    // To list all that is open for a single scope would be dear.
    const untilMs = Math.max(endMs, listedMs + (listedMs - startMs))
    const isTimeUp = () => clock.now() > untilMs
    runs.push({ desk, ...readDesk(desk, reading, { open, isTimeUp }) })
    desk.lastTurnMs = atMs
    noteReading(desk, clock.now() - startMs)
  }
  return runs
}

const isQuick = ({ passMs, readMs }: Desk): boolean => passMs <= quickMs && readMs <= quickMs

/** However long the machine stood still, one turn alone does not make a desk slow. */
const noteReading = (desk: Desk, ms: number): void => {
  desk.readMs += Math.min(ms, turnMs)
  if (desk.passLeft > 0) return
  desk.passMs = (desk.passMs * 3 + desk.readMs) / 4
  desk.readMs = 0
}

const nothingOpen: ReturnType<typeof listOpen> = new Map()

/** Listed once a turn and grouping set, where it says anything: windows that end at as-of, metrics that are provisional while it stands. */
const createOpenLists = ({ views }: PublishedState): OpenOf => {
  const listed = new Map<string, ReturnType<typeof listOpen>>()
  return ({ window, rows, set, setName }) => {
    if (rows.length === 0) return nothingOpen
    if (!isCurrent(window) && rows.every(({ pendingIn }) => pendingIn === undefined)) return nothingOpen
    const open = listed.get(setName) ?? listOpen(views, [set])
    listed.set(setName, open)
    return open
  }
}

type Within = { readonly open: ReturnType<typeof listOpen>; readonly isTimeUp: () => boolean }

const readDesk = (desk: Desk, turn: Turn, { open, isTimeUp }: Within): DeskRun => {
  const { tiering, timeSource, infos, isPartial, now } = turn
  const { views, asOfMs } = now
  return readChanges(desk, {
    context: { shards: views, asOfMs, tiering, open, rows: desk.rows },
    wakeContext: { views, asOfMs, tiering, timeSource },
    infos,
    isPartial,
    isTimeUp,
  })
}
