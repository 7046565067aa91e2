import { businessMsBetween } from '../business-hours.ts'
import type { FactWriter } from '../contribution.ts'
import { measures } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { contributeComplaint } from './complaints.ts'
import { contributeFirstContacts } from './first-contact.ts'
import { isBacklogStatus, isResolvedStatus, type Stage, type Ticket } from './ticket-model.ts'

/** What resolutions and reopenings say. A merged ticket keeps none of it. */
export const contributeResolutions = (ticket: Ticket, rules: Rules, writer: FactWriter): void => {
  for (const stage of ticket.stages) contributeChange(stage, writer)
  contributeFirstContacts(ticket, rules, writer)
  contributeTotals(ticket, writer)
  contributeFirstResolution(ticket, rules, writer)
  contributeLastResolution(ticket, writer)
}

/** Without a creation they stay out of the net flow, or it would not be the change of the stock. */
const contributeChange = ({ change, atMs, createdAtMs, ownDimensions }: Stage, writer: FactWriter): void => {
  if (change !== 'resolved' && change !== 'reopened') return
  writer.count(measures[change], atMs, ownDimensions)
  if (createdAtMs !== undefined) return
  writer.count(change === 'resolved' ? measures.orphanResolved : measures.orphanReopened, atMs, ownDimensions)
}

/** The work and replies of the whole case, filed once, at its first resolution. */
const contributeTotals = ({ stages }: Ticket, writer: FactWriter): void => {
  const resolution = stages.find(({ change }) => change === 'resolved')
  if (!resolution) return
  let workedMs: number | undefined
  let replies = 0
  let touches = 0
  for (const { event, author, order } of stages) {
    if (event.type === 'ticket.worked') workedMs = (workedMs ?? 0) + event.durationMs
    if (author !== 'agent') continue
    replies++
    if (order < resolution.order) touches++
  }
  const { atMs, ownDimensions: dimensions } = resolution
  writer.sample(measures.repliesPerTicket, atMs, { value: replies, dimensions })
  writer.sample(measures.touchesPerResolution, atMs, { value: touches, dimensions })
  if (workedMs !== undefined) writer.sample(measures.handlePerCase, atMs, { value: workedMs, dimensions })
}

const contributeFirstResolution = (ticket: Ticket, rules: Rules, writer: FactWriter): void => {
  const { creation, firstResolution } = ticket
  if (!firstResolution || !creation) return
  const { atMs, ownDimensions: dimensions } = firstResolution
  writer.sample(measures.resolution, atMs, { value: atMs - creation.atMs, dimensions })
  if (rules.calendar) {
    const value = businessMsBetween(rules.calendar, creation.atMs, atMs)
    writer.sample(measures.resolutionBusiness, atMs, { value, dimensions })
  }
  contributeComplaint(ticket, rules, writer)
}

/**
 * The times that a reopening takes back and the next resolution files anew.
 *
 *   created 0 ─── solved 60 ─── reopened 100 ─── solved 130     full 130, open 60 + 30 = 90
 */
const contributeLastResolution = ({ stages, creation }: Ticket, writer: FactWriter): void => {
  const last = stages.findLast(({ change }) => change === 'resolved' || change === 'resolved-again')
  if (!last || !creation || last.createdAtMs === undefined) return
  if (!isResolvedStatus(stages.at(-1)?.status)) return
  let openMs = 0
  let waitMs = 0
  for (const { createdAtMs, status, atMs, untilMs } of stages.slice(0, last.order)) {
    if (createdAtMs === undefined) continue
    if (!isResolvedStatus(status)) openMs += untilMs - atMs
    if (isBacklogStatus(status)) waitMs += untilMs - atMs
  }
  const { atMs, ownDimensions: dimensions } = last
  writer.sample(measures.fullResolution, atMs, { value: atMs - creation.atMs, dimensions })
  writer.sample(measures.openTime, atMs, { value: openMs, dimensions })
  writer.sample(measures.requesterWait, atMs, { value: waitMs, dimensions })
}
