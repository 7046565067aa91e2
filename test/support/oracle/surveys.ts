import type { Event, EventOf } from '../../../src/core/events.ts'
import type { OracleConfig } from './config.ts'
import type { Dims, Fact } from './facts.ts'

type Sent = EventOf<'survey.sent'>
type Answer = EventOf<'survey.answered'>
type DimsOf = (event: Event) => Dims

/** Surveys of one subject: the sending as its cohort, the last answer under the dimensions of the sending. */
export const findSurveys = (
  events: readonly Event[],
  dimsOf: DimsOf,
  config: OracleConfig,
): readonly Fact[] => {
  const sent = events.filter((event) => event.type === 'survey.sent')
  const answers = events.filter((event) => event.type === 'survey.answered')
  const ids = new Set([...sent, ...answers].map((event) => event.surveyId))
  return [...ids].flatMap((surveyId) => {
    const sending = sent.find((event) => event.surveyId === surveyId)
    const answer = answers.findLast((event) => event.surveyId === surveyId)
    const dims = sending ?? answers.find((event) => event.surveyId === surveyId)
    const asSent = dims ? dimsOf(dims) : {}
    return [
      ...sendingFacts(sending, answer !== undefined, asSent),
      ...(answer ? answerFacts(answer, asSent, config) : []),
    ]
  })
}

const sendingFacts = (sending: Sent | undefined, isAnswered: boolean, dims: Dims): readonly Fact[] => {
  if (!sending) return []
  const measures = isAnswered ? ['survey.sent', 'survey.sent.answered'] : ['survey.sent']
  return measures.map((measure) => ({ measure, at: sending.occurredAt, value: 1, dims }))
}

const answerFacts = (answer: Answer, dims: Dims, config: OracleConfig): readonly Fact[] => {
  const { kind, score, scaleMin, scaleMax, occurredAt: at } = answer
  const inverted = answer.inverted === true
  const upright = inverted ? scaleMin + scaleMax - score : score
  const part = `${scaleMin}-${scaleMax}${inverted ? '-inverted' : ''}`
  const fact = (measure: string, value: number): Fact => ({ measure, at, value, dims, part })
  const scored = fact(`${kind}.score`, score)
  if (kind === 'csat') return [scored, fact('csat.positive', isPositive(answer, upright, config) ? 1 : 0)]
  if (kind === 'nps') return [scored]
  const isAgreed = 3 * (upright - scaleMin) >= 2 * (scaleMax - scaleMin)
  return [scored, fact('ces.agree', isAgreed ? 1 : 0)]
}

const isPositive = ({ scaleMin, scaleMax }: Answer, upright: number, config: OracleConfig): boolean => {
  const { numerator, denominator } = config.csatPositive
  return denominator * (upright - scaleMin) >= numerator * (scaleMax - scaleMin)
}
