import type { FactWriter } from '../contribution.ts'
import { measures } from '../measures.ts'
import type { Rules, TargetKind } from '../rules.ts'
import { createLevelPieces, type LevelPieces } from './level-pieces.ts'
import { type Due, duesByKind } from './targets.ts'
import { isBacklogStatus, type Stage, type Ticket } from './ticket-model.ts'

const kinds = ['firstResponse', 'nextReply', 'resolution'] as const

/** Which promises were kept and broken, and what is at risk and overdue. A merged ticket keeps what its replies say. */
export const contributePromises = (ticket: Ticket, rules: Rules, writer: FactWriter): void => {
  if (ticket.isConversation) return
  const owed = new Map<Stage, DueInstants>()
  for (const kind of kinds) {
    if (rules.targets[kind].length === 0 || (ticket.isMerged && kind === 'resolution')) continue
    const dues = duesByKind[kind](ticket, rules)
    judgeDues(kind, dues, writer)
    for (const due of dues) noteDue(owed, kind, due)
  }
  if (ticket.isMerged || owed.size === 0) return
  const pieces = createLevelPieces(writer)
  for (const [stage, instants] of [...owed].sort(([a], [b]) => a.order - b.order))
    raiseDue(stage, instants, { rules, pieces })
  pieces.close()
}

/**
 * A promise is judged once: broken at the due instant, or at the change that moved it into the past; kept by what
 * fulfils it up to and at the due instant.
 */
const judgeDues = (kind: TargetKind, dues: readonly Due[], writer: FactWriter): void => {
  const broken = new Set<number>()
  for (const { stage, promise, dueMs, fulfilment } of dues) {
    if (broken.has(promise)) continue
    if (dueMs !== null && dueMs < stage.untilMs) {
      broken.add(promise)
      const atMs = Math.max(stage.atMs, dueMs)
      writer.tally(measures.targetBreached, atMs, { key: kind, dimensions: stage.ownDimensions })
    } else if (fulfilment) {
      const dimensions = fulfilment.ownDimensions
      writer.tally(measures.targetMet, fulfilment.atMs, { key: kind, dimensions })
    }
  }
}

type DueInstants = { nearestMs: number; firstResponseMs: number }

const noteDue = (owed: Map<Stage, DueInstants>, kind: TargetKind, { stage, dueMs }: Due): void => {
  if (dueMs === null) return
  const instants = owed.get(stage) ?? { nearestMs: Infinity, firstResponseMs: Infinity }
  instants.nearestMs = Math.min(instants.nearestMs, dueMs)
  if (kind === 'firstResponse') instants.firstResponseMs = dueMs
  owed.set(stage, instants)
}

/**
 *   ──── due − atRisk ╞═══ at risk ═══╡ due ╞═══ overdue ═══ until what is owed changes
 */
const raiseDue = (
  { atMs, untilMs, ownDimensions: dimensions, status, isReplied }: Stage,
  { nearestMs, firstResponseMs }: DueInstants,
  { rules, pieces }: { readonly rules: Rules; readonly pieces: LevelPieces },
): void => {
  const atRisk = {
    fromMs: Math.max(atMs, nearestMs - rules.atRiskMs),
    untilMs: Math.min(untilMs, nearestMs),
    dimensions,
    sinceMs: nearestMs,
  }
  const overdue = { fromMs: Math.max(atMs, nearestMs), untilMs, dimensions, sinceMs: nearestMs }
  pieces.level(measures.atRisk, atRisk)
  pieces.span('atRisk', atRisk)
  pieces.level(measures.overdue, overdue)
  pieces.span('overdue', overdue)
  if (isBacklogStatus(status) && !isReplied)
    pieces.level(measures.backlogOverdue, { fromMs: Math.max(atMs, firstResponseMs), untilMs, dimensions })
}
