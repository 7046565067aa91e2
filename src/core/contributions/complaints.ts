import { addBusinessDays } from '../business-hours.ts'
import type { FactWriter } from '../contribution.ts'
import { measures } from '../measures.ts'
import type { Rules } from '../rules.ts'
import type { Ticket } from './ticket-model.ts'

const eightWeeksMs = 8 * 7 * 86_400_000
const businessDays = 3

/** How long a complaint took, and whether that was within the limits of FCA Handbook DISP 1.5 and 1.6. */
export const contributeComplaint = (ticket: Ticket, rules: Rules, writer: FactWriter): void => {
  const receivedAtMs = findReceipt(ticket, rules)
  if (!ticket.firstResolution || receivedAtMs === undefined) return
  const { atMs, ownDimensions: dimensions } = ticket.firstResolution
  const dueMs = addBusinessDays(rules.businessDays, receivedAtMs, businessDays)
  const limits = [
    ['3-business-days', dueMs === null || atMs <= dueMs],
    ['8-weeks', atMs - receivedAtMs <= eightWeeksMs],
  ] as const
  writer.sample(measures.complaintResolution, atMs, { value: atMs - receivedAtMs, dimensions })
  for (const [key, isWithin] of limits)
    writer.tally(isWithin ? measures.complaintsWithin : measures.complaintsBeyond, atMs, { key, dimensions })
}

/** Undefined for what is no complaint, or was not escalated before its resolution where that is when it begins. */
const findReceipt = ({ creation, stages, firstResolution }: Ticket, rules: Rules): number | undefined => {
  if (creation?.event.kind !== 'complaint') return undefined
  if (rules.complaintsFrom === 'creation') return creation.atMs
  const before = stages.slice(0, firstResolution?.order)
  return before.find(({ event }) => event.type === 'ticket.escalated')?.atMs
}
