import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileReader, dropNulls, refused } from '../../src/core/event-reader.ts'
import { eventTypes, schemaOfType } from '../../src/core/events.ts'
import { arbitraryOf } from './event-arbitrary.ts'

const junk = fc.oneof(
  fc.anything(),
  fc.constantFrom('', 'x'.repeat(201), -1, 1.5, Number.NaN, 2 ** 53, null, undefined, [], {}),
)

test.each(eventTypes)('the reader of %s takes what the schema takes, and makes the same of it', (type) => {
  const schema = schemaOfType(type)
  const read = compileReader(schema.shape)
  const spoiled = fc
    .tuple(arbitraryOf(type), fc.constantFrom('', ...Object.keys(schema.shape)), junk)
    .map(([fields, name, value]) => (name === '' ? fields : { ...fields, [name]: value }))
  fc.assert(
    fc.property(spoiled, (fields) => {
      const parsed = schema.safeParse(dropNulls(dropUndefined(fields)))
      expect(read(fields)).toEqual(parsed.success ? parsed.data : refused)
    }),
    { numRuns: 60 },
  )
})

function dropUndefined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
