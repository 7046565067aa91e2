import { subjectOf } from './core/events.ts'
import { isCounted } from './core/facts.ts'
import type { Shard } from './core/shard.ts'
import { refusalDetails } from './core/timeline.ts'
import type { TakenRecord } from './intake.ts'
import type { DeadLetter } from './ports.ts'

/** What filing changes of a shard. Mutable: owned by its writer. */
export type FilingState = {
  readonly live: Shard
  readonly counters: Record<string, number>
  lastEventAtMs: number | null
}

/** One more of what is counted under a name; stands in the head, so that it outlives the process. */
export const countOne = ({ counters }: FilingState, name: string): void => {
  counters[name] = (counters[name] ?? 0) + 1
}

/** Files one record's event, and counts what became of it; one that is refused adds its letter. */
export const fileRecord = (
  state: FilingState,
  { record, event, isLate, subjectKey }: TakenRecord,
  letters: DeadLetter[],
): void => {
  countOne(state, 'records')
  if (!event) return
  if (!isCounted(subjectOf(event).kind)) {
    countOne(state, 'notCounted')
    return
  }
  const insertion = state.live.fileEvent(event, subjectKey)
  switch (insertion) {
    case 'applied':
    case 'duplicate':
      countOne(state, insertion)
      if (insertion === 'applied' && isLate) countOne(state, 'late')
      break
    case 'subject-too-long':
      refuse(state, letters, { record, reason: insertion, detail: refusalDetails[insertion] })
      break
    default:
      refuse(state, letters, { record, reason: 'conflicting', detail: refusalDetails[insertion] })
  }
  state.lastEventAtMs = Math.max(state.lastEventAtMs ?? Number.NEGATIVE_INFINITY, event.occurredAt)
}

const refuse = (state: FilingState, letters: DeadLetter[], letter: DeadLetter): void => {
  countOne(state, `deadLetter.${letter.reason}`)
  letters.push(letter)
}
