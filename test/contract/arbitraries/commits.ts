import fc from 'fast-check'
import type { PlainChanges } from '../plain-state.ts'

/** One commit of a random history; few names, so that commits meet each other's keys. */
export type Step = {
  readonly changes: PlainChanges
  /** The shard is taken anew before the commit. */
  readonly retake: boolean
  /** A follower reads the changes after it. */
  readonly follow: boolean
}

const nameArbitrary = fc.constantFrom('a', 'b', 'c', 'queueId={x}|15m', 'Kø')
const valueArbitrary = fc.option(fc.string({ maxLength: 40 }), { freq: 3 })
const fieldsArbitrary = fc.dictionary(nameArbitrary, valueArbitrary, { maxKeys: 4, noNullPrototype: true })

export const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  changes: fc.record({
    subjects: fieldsArbitrary,
    open: fieldsArbitrary,
    journal: fieldsArbitrary,
    cells: fc.dictionary(nameArbitrary, fc.option(fieldsArbitrary, { freq: 5 }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  }),
  retake: fc.boolean(),
  follow: fc.boolean(),
})
