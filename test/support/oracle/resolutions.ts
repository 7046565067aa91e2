import { businessMsBetween, closeOfBusinessAfter } from './business-time.ts'
import type { OracleConfig } from './config.ts'
import type { Fact, Findings } from './facts.ts'
import { listReplies } from './replies.ts'
import {
  isCreation,
  isReopening,
  isResolution,
  isResolved,
  isSolvedAgain,
  type Moment,
  ownerDims,
  publicMessage,
  type TicketState,
} from './ticket-story.ts'

const mondayToFriday = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '00:00', to: '24:00' }] as const
const eightWeeksMs = 8 * 7 * 86_400_000

export const findResolutions = (moments: readonly Moment[], config: OracleConfig): Findings => {
  const resolutions = moments.filter(isResolution)
  const [first] = resolutions
  const timed = resolutions.find(({ after }) => after.createdAt !== undefined)
  const facts = [
    ...resolutions.flatMap((moment) => flowFacts(moment, moments, config)),
    ...(first ? caseTotals(first, moments) : []),
    ...(timed ? durationFacts('resolution', createdAtOf(timed), timed, config) : []),
    ...(timed ? complaintFacts(timed, moments, config) : []),
    ...lastResolutionFacts(moments),
  ]
  return { facts, spans: [] }
}

const createdAtOf = ({ after }: Moment): number => after.createdAt ?? Number.NaN

const factAt = (moment: Moment, measure: string, value = 1): Fact => ({
  measure,
  at: moment.at,
  value,
  dims: ownerDims(moment.after),
})

const durationFacts = (
  measure: string,
  from: number,
  moment: Moment,
  config: OracleConfig,
): readonly Fact[] => {
  const fact = factAt(moment, measure, moment.at - from)
  if (!config.calendar) return [fact]
  return [fact, factAt(moment, `${measure}.business`, businessMsBetween(config.calendar, from, moment.at))]
}

const flowFacts = (moment: Moment, moments: readonly Moment[], config: OracleConfig): readonly Fact[] => [
  factAt(moment, 'resolved'),
  ...(moment.after.createdAt === undefined ? [] : [factAt(moment, 'flow.resolved')]),
  ...firstContactFacts(moment, moments, config),
]

/** By one agent, at most one piece of work and one turn of replies so far, not reopened soon; left out without contact. */
const firstContactFacts = (
  resolution: Moment,
  moments: readonly Moment[],
  config: OracleConfig,
): readonly Fact[] => {
  const soFar = moments.filter(({ index }) => index < resolution.index)
  const works = soFar.flatMap(({ event }) => (event.type === 'ticket.worked' ? [event] : []))
  const chat = soFar.flatMap(({ event }) => publicMessage(event, 'customer', 'agent') ?? [])
  const replies = chat.filter(({ author }) => author === 'agent')
  if (works.length + replies.length === 0) return []
  const turns = chat.filter(({ author }, index) => author === 'agent' && chat[index - 1]?.author !== 'agent')
  const agents = new Set([...works, ...replies].flatMap(({ agentId }) => agentId ?? []))
  const reopening = moments.find((moment) => moment.index > resolution.index && isReopening(moment))
  const isReopenedSoon = reopening !== undefined && reopening.at <= resolution.at + config.fcrWindowMs
  const isFirstContact = agents.size <= 1 && works.length <= 1 && turns.length <= 1 && !isReopenedSoon
  return [factAt(resolution, 'firstContact', isFirstContact ? 1 : 0)]
}

/** Counted once a ticket, at its first resolution: the work and replies of its whole life, the replies until then. */
const caseTotals = (first: Moment, moments: readonly Moment[]): readonly Fact[] => {
  const replies = listReplies(moments)
  const until = replies.filter(({ moment }) => moment.index < first.index)
  const works = moments.flatMap(({ event }) => (event.type === 'ticket.worked' ? [event.durationMs] : []))
  const workedMs = works.reduce((sum, ms) => sum + ms, 0)
  const { category } = first.after.dims
  const worked = {
    ...factAt(first, 'worked', workedMs),
    ...(category === undefined ? {} : { part: category }),
  }
  return [
    factAt(first, 'replies', replies.length),
    factAt(first, 'touches', until.length),
    ...(works.length === 0 ? [] : [worked]),
  ]
}

const complaintFacts = (
  resolution: Moment,
  moments: readonly Moment[],
  config: OracleConfig,
): readonly Fact[] => {
  const creation = moments.find(isCreation)?.event
  const isComplaint = creation?.type === 'ticket.created' && creation.kind === 'complaint'
  const escalation = moments.find(({ event, index }) => {
    return event.type === 'ticket.escalated' && index < resolution.index
  })
  const from = config.complaintsFrom === 'creation' ? resolution.after.createdAt : escalation?.at
  if (!isComplaint || from === undefined) return []
  const isIn8Weeks = resolution.at - from <= eightWeeksMs
  const facts = [
    factAt(resolution, 'complaint', resolution.at - from),
    factAt(resolution, 'complaint.in8Weeks', isIn8Weeks ? 1 : 0),
  ]
  const hours = config.calendar ?? { zone: config.zone, week: mondayToFriday }
  const isIn3Days = resolution.at <= closeOfBusinessAfter(hours, from, 3)
  return [...facts, factAt(resolution, 'complaint.in3BusinessDays', isIn3Days ? 1 : 0)]
}

const lastResolutionFacts = (moments: readonly Moment[]): readonly Fact[] => {
  const end = moments.at(-1)
  const last = moments.findLast((moment) => isResolution(moment) || isSolvedAgain(moment))
  if (!end || !last || !isResolved(end.after) || last.after.createdAt === undefined) return []
  const timeIn = (isCounted: (state: TicketState) => boolean): number =>
    moments
      .filter(({ index, after }) => index < last.index && after.createdAt !== undefined && isCounted(after))
      .reduce((sum, { at, until }) => sum + until - at, 0)
  return [
    factAt(last, 'fullResolution', last.at - last.after.createdAt),
    factAt(
      last,
      'openTime',
      timeIn((state) => !isResolved(state)),
    ),
    factAt(
      last,
      'requesterWait',
      timeIn(({ status = '' }) => ['new', 'open', 'on-hold'].includes(status)),
    ),
  ]
}
