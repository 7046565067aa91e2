import type { OpenByScope, OpenIndex } from './core/open-index.ts'
import type { Tiering } from './core/slices.ts'
import { isCurrent, type Snapshot } from './core/snapshot.ts'
import type { TimeSource } from './core/watermark.ts'
import type { Clock } from './ports.ts'
import { beginPass, type Desk, type DeskRun, readChanges } from './publish-desk.ts'
import type { SendLane } from './publish-lanes.ts'
import type { ScopeInfos } from './publish-scopes.ts'
import type { PublishedState } from './published-state.ts'

/** What the publisher reads between two batches: never for long, so that neither records nor few scopes wait for many. */

const turnMs: Readonly<Record<SendLane, number>> = { urgent: 100, bulk: 40 }
/**
 * A desk whose passes take no longer, and that is none of many scopes, is read first, and never rests: what few scopes say, the whole
 * tenant above all, stays fresh.
 */
const quickMs = 20
/** Of many scopes the whole tenant would wait for the answer to all that was sent beside it, however quickly they are read. */
const quickScopesMax = 200

export type Turn = {
  readonly now: PublishedState
  readonly atMs: number
  /** What is read for: where the last send goes on nothing could go out, and in bulk nothing does while the publisher rests. */
  readonly lanes: readonly SendLane[]
  /** Bulk is left for the next turn when something urgent was read: that goes out without waiting for it. */
  readonly isBulkYielding: boolean
  /** Whether snapshots of a desk are under way. */
  readonly holds: (desk: Desk) => boolean
  readonly clock: Clock
  readonly tiering: Tiering
  readonly timeSource: TimeSource
  readonly infos: ScopeInfos
  readonly openIndex: OpenIndex
  readonly isPartial: (snapshot: Snapshot, scopeKey: string) => boolean
}

/** `lane`: quick desks go out urgently. */
export type TurnRun = DeskRun & { readonly desk: Desk; readonly lane: SendLane }

/** Reads desk after desk, the quick ones for a while and then the others for a while: none waits for ever for another. */
export const readTurn = (desks: readonly Desk[], turn: Turn): readonly TurnRun[] => {
  const { now, atMs, lanes, isBulkYielding, holds } = turn
  const due = (lane: SendLane): readonly Desk[] =>
    desks
      .filter((desk) => laneOf(desk) === lane && !holds(desk))
      .filter((desk) => beginPass(desk, { atMs, asOfMs: now.asOfMs }))
      .sort((a, b) => turnOrder[lane](a) - turnOrder[lane](b))
  const openOf = createOpenLists(turn)
  const runs: TurnRun[] = []
  for (const [lane, some] of lanes.map((one) => [one, due(one)] as const))
    if (!(lane === 'bulk' && isBulkYielding && runs.length > 0))
      runs.push(...readDesks(some, { ...turn, openOf, lane }))
  return runs
}

/**
 * Quick ones by when they should be read again: else what is read every second waits for all that is read every five. Those that
 * take longer stand back for the others, so that the whole tenant does not wait for all its teams. The others, which need many
 * turns, in turn.
 */
const turnOrder: Readonly<Record<SendLane, (desk: Desk) => number>> = {
  urgent: ({ lastTurnMs, everyMs, passMs }) => lastTurnMs + everyMs + standBack * passMs,
  bulk: ({ lastTurnMs }) => lastTurnMs,
}

/** So many times what it takes. */
const standBack = 20

/** What says of scopes that they are gone has no rows, and takes no time to read however many they are. */
const laneOf = (desk: Desk): SendLane => (desk.rows.length > 0 && isQuick(desk) ? 'urgent' : 'bulk')

type OpenOf = (desk: Desk) => OpenByScope
type Reading = Turn & { readonly openOf: OpenOf; readonly lane: SendLane }

const readDesks = (desks: readonly Desk[], reading: Reading): readonly TurnRun[] => {
  const { clock, atMs, openOf, lane } = reading
  const endMs = clock.now() + turnMs[lane]
  const runs: TurnRun[] = []
  for (const desk of desks) {
    const startMs = clock.now()
    if (runs.length > 0 && startMs > endMs) break
    const open = openOf(desk)
    const listedMs = clock.now()
    // To follow what is open for a single scope would be dear.
    const untilMs = Math.max(endMs, listedMs + (listedMs - startMs))
    const isTimeUp = () => clock.now() > untilMs
    runs.push({ desk, lane, ...readDesk(desk, reading, { open, isTimeUp }) })
    desk.lastTurnMs = atMs
    noteReading(desk, clock.now() - listedMs)
  }
  return runs
}

const isQuick = ({ passMs, readMs, published }: Desk): boolean =>
  passMs <= quickMs && readMs <= quickMs && published.size <= quickScopesMax

/** However long the machine stood still, one turn alone does not make a desk slow. */
const noteReading = (desk: Desk, ms: number): void => {
  desk.readMs += between(ms, turnMs.bulk)
  if (desk.passLeft > 0) return
  desk.passMs = (desk.passMs * 3 + desk.readMs) / 4
  desk.readMs = 0
}

/** A clock may be set back while something is read. */
const between = (ms: number, mostMs: number): number => Math.max(0, Math.min(ms, mostMs))

const nothingOpen: OpenByScope = new Map()

/** Followed once a turn, where it says anything: windows that end at as-of, metrics that are provisional while something stands. */
const createOpenLists = ({ now, openIndex }: Turn): OpenOf => {
  let open: OpenByScope | undefined
  return (desk) => {
    if (!readsOpen(desk)) return nothingOpen
    open ??= openIndex.follow(now.views)
    return open
  }
}

const readsOpen = ({ window, rows }: Desk): boolean =>
  rows.length > 0 && (isCurrent(window) || rows.some(({ pendingIn }) => pendingIn !== undefined))

type Within = { readonly open: OpenByScope; readonly isTimeUp: () => boolean }

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
