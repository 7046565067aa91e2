import type { FactWriter } from '../contribution.ts'
import { measures } from '../measures.ts'
import type { Rules } from '../rules.ts'
import type { PublicAuthor, Stage, Ticket } from './ticket-model.ts'

/** What people did about the case so far. Mutable: only `countContact` changes it. */
type Contacts = {
  readonly agents: Set<string>
  works: number
  turns: number
  lastSpeaker: PublicAuthor | undefined
}

/** Judges each resolution by what went before it and by whether the case comes back; without any contact not at all. */
export const contributeFirstContacts = ({ stages }: Ticket, rules: Rules, writer: FactWriter): void => {
  const contacts: Contacts = { agents: new Set(), works: 0, turns: 0, lastSpeaker: undefined }
  for (const stage of stages) {
    countContact(contacts, stage)
    if (stage.change !== 'resolved' || contacts.works + contacts.turns === 0) continue
    writer.count(measures.firstContactJudged, stage.atMs, stage.ownDimensions)
    const isFirst = contacts.agents.size <= 1 && contacts.works <= 1 && contacts.turns <= 1
    if (isFirst && !isReopenedSoon(stages, stage, rules))
      writer.count(measures.firstContactResolved, stage.atMs, stage.ownDimensions)
  }
}

/** Replies that follow each other without a word from the customer are one turn. */
const countContact = (contacts: Contacts, { event, author }: Stage): void => {
  if (event.type === 'ticket.worked') contacts.works++
  if (author === 'agent' && contacts.lastSpeaker !== 'agent') contacts.turns++
  if (author === 'agent' || author === 'customer') contacts.lastSpeaker = author
  if (event.type !== 'ticket.worked' && author !== 'agent') return
  if (event.agentId !== undefined) contacts.agents.add(event.agentId)
}

const isReopenedSoon = (stages: readonly Stage[], resolution: Stage, { fcrWindowMs }: Rules): boolean => {
  const untilMs = resolution.atMs + fcrWindowMs
  for (const { order, change, atMs } of stages) {
    if (atMs > untilMs) return false
    if (order > resolution.order && change === 'reopened') return true
  }
  return false
}
