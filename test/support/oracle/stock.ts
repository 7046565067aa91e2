import type { Span } from './facts.ts'
import { isCreation, isOpen, type Moment, ownerDims, publicMessage } from './ticket-story.ts'

/** The gauges of open tickets: what holds from each event to the next. */
export const findStock = (id: string, moments: readonly Moment[]): readonly Span[] => {
  const spans: Span[] = []
  let unansweredSince: number | undefined
  let isReplied = false
  for (const moment of moments) {
    const { event, at, until, after } = moment
    if (publicMessage(event, 'customer')) unansweredSince ??= at
    if (isCreation(moment) && event.type === 'ticket.created' && event.openedBy === 'customer')
      unansweredSince ??= at
    if (publicMessage(event, 'agent')) {
      unansweredSince = undefined
      isReplied = true
    }
    if (!isOpen(after)) continue
    const { createdAt: sinceAt = at, status = '' } = after
    const span = (gauge: string, since = sinceAt): Span => ({
      gauge,
      from: at,
      to: until,
      dims: ownerDims(after),
      id,
      sinceAt: since,
      part: status,
    })
    spans.push(span('open'))
    if (after.assignee === undefined) spans.push(span('unassigned'))
    if (unansweredSince !== undefined) spans.push(span('unanswered', unansweredSince))
    if (isBacklog(status)) spans.push(span('backlog'))
    if (isBacklog(status) && !isReplied) spans.push(span('backlog.unanswered'))
  }
  return spans
}

export const isBacklog = (status: string): boolean => ['new', 'open', 'on-hold'].includes(status)
