import fc from 'fast-check'
import type { Body } from './alphabet.ts'

const scales = {
  csat: [
    [1, 5],
    [1, 2],
    [1, 7],
  ],
  nps: [[0, 10]],
  ces: [
    [1, 7],
    [1, 5],
  ],
} as const

const answered = fc
  .constantFrom('csat', 'csat', 'nps', 'ces')
  .chain((kind) => fc.tuple(fc.constant(kind), fc.constantFrom<readonly [number, number]>(...scales[kind])))
  .chain(([kind, [scaleMin, scaleMax]]) =>
    fc.record({
      type: fc.constant('survey.answered'),
      // One kind a survey, or else the sending and the answer would speak of different things.
      surveyId: fc.constantFrom(`${kind}-1`, `${kind}-2`),
      kind: fc.constant(kind),
      score: fc.integer({ min: scaleMin, max: scaleMax }),
      scaleMin: fc.constant(scaleMin),
      scaleMax: fc.constant(scaleMax),
      ...(kind === 'ces' ? { inverted: fc.boolean() } : {}),
    }),
  ) as fc.Arbitrary<Body>

const sent = fc.constantFrom('csat', 'nps', 'ces').chain((kind) =>
  fc.record({
    type: fc.constantFrom('survey.sent', 'survey.sent', 'survey.expired'),
    surveyId: fc.constantFrom(`${kind}-1`, `${kind}-2`),
    kind: fc.constant(kind),
  }),
) as fc.Arbitrary<Body>

/** Any event of a survey: sent, answered, answered otherwise, expired. */
export const surveyBody: fc.Arbitrary<Body> = fc.oneof(sent, answered)
