import type { EventOf } from '../core/events.ts'
import { type Agent, agentIdOf } from './agents.ts'
import type { Call } from './call.ts'
import { drawLognormal, drawUniform, drawWeighted, type Weighted } from './random.ts'
import { after, drawChance, nextId, recordEvent, type Subject, type World } from './world.ts'

type SurveyKind = EventOf<'survey.sent'>['kind']
type Survey = {
  readonly subject: Subject
  readonly ids: { surveyId: string; kind: SurveyKind; ticketId?: string; callId?: string }
  readonly mood: Mood
  readonly answeredShare: number
}
type Scale = {
  readonly scores: Readonly<Record<Mood, Weighted<number>>>
  readonly scaleMin: number
  readonly scaleMax: number
}
/** How the customer took it: moves the scores. */
export type Mood = 'content' | 'annoyed'

const HOUR_MS = 3_600_000
const expiryMs = 7 * 24 * HOUR_MS
const changedShare = 0.04

const csatScores: Readonly<Record<Mood, Weighted<number>>> = {
  content: [
    [1, 4],
    [2, 4],
    [3, 8],
    [4, 30],
    [5, 54],
  ],
  annoyed: [
    [1, 24],
    [2, 16],
    [3, 20],
    [4, 24],
    [5, 16],
  ],
}
const npsScores: Readonly<Record<Mood, Weighted<number>>> = {
  content: [
    [0, 2],
    [3, 2],
    [5, 5],
    [6, 6],
    [7, 13],
    [8, 22],
    [9, 29],
    [10, 30],
  ],
  annoyed: [
    [0, 14],
    [2, 9],
    [4, 10],
    [5, 12],
    [6, 15],
    [7, 16],
    [8, 14],
    [9, 6],
    [10, 4],
  ],
}
/** "It was easy", 1 to 7. */
const cesScores: Readonly<Record<Mood, Weighted<number>>> = {
  content: [
    [2, 3],
    [3, 5],
    [4, 10],
    [5, 22],
    [6, 34],
    [7, 26],
  ],
  annoyed: [
    [1, 16],
    [2, 18],
    [3, 22],
    [4, 20],
    [5, 14],
    [6, 10],
  ],
}

const scales: Readonly<Record<SurveyKind, Scale>> = {
  csat: { scores: csatScores, scaleMin: 1, scaleMax: 5 },
  nps: { scores: npsScores, scaleMin: 0, scaleMax: 10 },
  ces: { scores: cesScores, scaleMin: 1, scaleMax: 7 },
}

/** A quarter of the callers are asked, a minute after the call, about the agent they spoke to last. */
export function sendCallSurvey(world: World, call: Call, agent: Agent): void {
  if (call.direction === 'outbound' || !drawChance(world, 0.25)) return
  const isAnnoyed = call.waitedMs > 120_000 || call.legCount > 1
  const mood = drawChance(world, isAnnoyed ? 0.6 : 0.1) ? 'annoyed' : 'content'
  const ids = { surveyId: nextId(world, 's'), kind: 'csat', callId: call.subject.id } as const
  const who = { agentId: agentIdOf(agent), teamId: agent.teamId }
  after(world, drawUniform(world.random, 20_000, 90_000), () =>
    sendSurvey(world, { subject: call.subject, ids, mood, answeredShare: 0.32 }, who),
  )
}

/** After a resolution: mostly csat, some ces, a few nps. */
export function sendTicketSurvey(
  world: World,
  ticket: Subject,
  { agentId, mood, delayMs }: { readonly agentId: string; readonly mood: Mood; readonly delayMs: number },
): void {
  if (!drawChance(world, 0.55)) return
  const kind = drawWeighted(world.random, surveyKinds)
  const ids = { surveyId: nextId(world, 's'), kind, ticketId: ticket.id }
  const who = agentId === '' ? {} : { agentId }
  after(world, delayMs, () => sendSurvey(world, { subject: ticket, ids, mood, answeredShare: 0.26 }, who))
}

/** Not about a contact: how likely would you recommend us? */
export function sendRelationshipSurvey(world: World, customer: Subject): void {
  const mood = drawChance(world, 0.22) ? 'annoyed' : 'content'
  const ids = { surveyId: nextId(world, 's'), kind: 'nps' } as const
  sendSurvey(world, { subject: customer, ids, mood, answeredShare: 0.3 }, {})
}

const surveyKinds: Weighted<SurveyKind> = [
  ['csat', 78],
  ['ces', 14],
  ['nps', 8],
]

type Surveyed = { readonly agentId?: string; readonly teamId?: string }

function sendSurvey(world: World, survey: Survey, who: Surveyed): void {
  const dimensions = { ...survey.subject.dimensions, ...who }
  recordEvent(world, survey.subject, { type: 'survey.sent', ...dimensions, ...survey.ids })
  if (!drawChance(world, survey.answeredShare)) {
    if (drawChance(world, 0.3)) after(world, expiryMs, () => expireSurvey(world, survey))
    return
  }
  after(world, Math.min(expiryMs - 1, drawLognormal(world.random, HOUR_MS, 1.5)), () => {
    answerSurvey(world, survey)
    if (!drawChance(world, changedShare)) return
    after(world, drawLognormal(world.random, 120_000, 1), () => answerSurvey(world, survey))
  })
}

function answerSurvey(world: World, survey: Survey): void {
  const { subject, ids, mood } = survey
  const { scores, scaleMin, scaleMax } = scales[ids.kind]
  const score = drawWeighted(world.random, scores[mood])
  recordEvent(world, subject, { type: 'survey.answered', ...ids, score, scaleMin, scaleMax })
}

function expireSurvey(world: World, { subject, ids }: Survey): void {
  recordEvent(world, subject, { type: 'survey.expired', ...ids })
}
