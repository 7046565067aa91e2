import type { FactWriter } from '../contribution.ts'
import { measures } from '../measures.ts'
import { createLevelPieces, type LevelPieces } from './level-pieces.ts'
import { isBacklogStatus, type Stage, type Ticket } from './ticket-model.ts'

/** The gauges of open tickets and the lists beside them. A merged ticket was never open. */
export const contributeOpenTicket = (ticket: Ticket, writer: FactWriter): void => {
  const pieces = createLevelPieces(writer)
  for (const stage of ticket.stages) if (stage.isOpen) raiseStage(stage, pieces)
  pieces.close()
}

const raiseStage = (stage: Stage, pieces: LevelPieces): void => {
  const { atMs: fromMs, untilMs, ownDimensions: dimensions, status, unansweredSinceMs } = stage
  const piece = { fromMs, untilMs, dimensions }
  if (status !== undefined) pieces.level(measures.openByStatus, piece, status)
  pieces.span('openTickets', { ...piece, sinceMs: stage.createdAtMs ?? fromMs })
  if (stage.assigneeId === undefined) pieces.level(measures.openUnassigned, piece)
  if (isBacklogStatus(status) && !stage.isReplied) pieces.level(measures.backlogUnanswered, piece)
  if (unansweredSinceMs === undefined) return
  const unanswered = { ...piece, sinceMs: unansweredSinceMs }
  pieces.level(measures.unanswered, unanswered)
  pieces.span('unanswered', unanswered)
}
