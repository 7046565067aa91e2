import type { CallStory, Leg } from './call-story.ts'
import type { CallFact } from './calls.ts'
import { caseFacts } from './cases.ts'
import type { OracleConfig } from './config.ts'

/** What agents did on a call: handle time and its parts, transfers, holds, the case handled. */
export const legFacts = (story: CallStory, config: OracleConfig): readonly CallFact[] => {
  const handled = story.legs.flatMap((leg) => handleLeg(leg, config))
  return [
    ...handled.flatMap(({ leg, at, parts }) =>
      Object.entries(parts).map(([measure, value]) => ({ measure, at, value, dims: leg.dims })),
    ),
    ...(story.legs.length === handled.length ? handledCall(handled) : []),
    ...story.legs.map(({ answeredAt, dims }) => ({ measure: 'leg', at: answeredAt, value: 1, dims })),
    ...story.transfers.map(({ leg, at, mode }) => ({
      measure: 'transferred',
      at,
      value: 1,
      dims: leg.dims,
      part: mode,
    })),
    ...story.holds.map(({ leg, at }) => ({ measure: 'held', at, value: 1, dims: leg.dims })),
    ...caseFacts(story.legs.map((leg) => ({ at: leg.answeredAt, dims: leg.dims }))),
  ]
}

type HandledLeg = {
  readonly leg: Leg
  readonly at: number
  readonly parts: Readonly<Record<'handle' | 'talk' | 'hold' | 'wrap', number>>
}

/** Filed at the wrap; until there is one at the leg's end, or, where one is expected, when it has not come in time. */
const handleLeg = (leg: Leg, config: OracleConfig): readonly HandledLeg[] => {
  const { endedAt, wrappedAt } = leg
  if (endedAt === undefined) return []
  const awaitedUntil = endedAt + config.wrapExpiryMs
  const isInTime = wrappedAt !== undefined && (!config.wrapExpected || wrappedAt <= awaitedUntil)
  const wrap = isInTime ? wrappedAt - endedAt : 0
  const talk = endedAt - leg.answeredAt - leg.holdMs
  const unwrappedAt = config.wrapExpected ? awaitedUntil : endedAt
  return [
    {
      leg,
      at: isInTime ? wrappedAt : unwrappedAt,
      parts: { handle: talk + leg.holdMs + wrap, talk, hold: leg.holdMs, wrap },
    },
  ]
}

/** All legs of a call together once none is open, filed with the one that was filed last, where the first one was. */
const handledCall = (handled: readonly HandledLeg[]): readonly CallFact[] => {
  const [first] = handled
  if (!first) return []
  const value = handled.reduce((sum, { parts }) => sum + parts.handle, 0)
  const at = Math.max(...handled.map((leg) => leg.at))
  return [{ measure: 'handle.call', at, value, dims: first.leg.dims }]
}
