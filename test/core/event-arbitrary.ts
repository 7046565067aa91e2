import fc from 'fast-check'
import type { z } from 'zod'
import { time } from '../../src/core/event-fields.ts'
import { timeMax } from '../../src/core/event-time.ts'
import { type EventType, eventTypes, parseEvent, schemaOfType } from '../../src/core/events.ts'

type Fields = Readonly<Record<string, unknown>>

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.constantFrom('a|b', '100%', '{tag}', 'x'.repeat(200), '\ud83d\ude00', '\uffff'),
)

/** Values as they lie on the wire, valid for their type, with any of the optional fields. */
export const arbitraryFields: fc.Arbitrary<Fields> = fc
  .constantFrom(...eventTypes)
  .chain((type) => arbitraryOf(type))
  .filter((fields) => parseEvent(fields).ok)

export function arbitraryOf(type: EventType): fc.Arbitrary<Fields> {
  const { shape } = schemaOfType(type)
  const names = Object.keys(shape)
  const required = names.filter((name) => !['optional', 'default'].includes(defOf(shape[name]).type))
  const arbitraries = Object.fromEntries(
    names.map((name) => [name, arbitraryOfSchema(shape[name] as z.ZodType)]),
  )
  return fc
    .record<Fields>(arbitraries as never, { requiredKeys: required as never })
    .chain((fields) => (fixes[type] ?? fc.constant({})).map((fix) => ({ ...fields, ...fix, type })))
}

/** What the check of a row asks beyond single fields. */
const fixes: Partial<Record<EventType, fc.Arbitrary<Fields>>> = {
  'message.sent': fc.constant({ ticketId: 't-1' }),
  'event.retracted': fc.constant({ callId: 'c-1' }),
  'survey.answered': fc.constantFrom(
    { kind: 'nps', score: 9, scaleMin: 0, scaleMax: 10 },
    { kind: 'csat', score: 4, scaleMin: 1, scaleMax: 5 },
    { kind: 'ces', score: -7, scaleMin: -50, scaleMax: 50, inverted: true },
  ),
  'review.completed': fc.constantFrom(
    { categories: [{ name: 'tone', weight: 12.5, score: 3.25, min: 0, max: 5 }] },
    { categories: [{ name: 'law', weight: 100, min: 0, max: 5, critical: true, notApplicable: true }] },
  ),
  'cost.recorded': fc.constantFrom(
    { periodStart: 0, periodEnd: 1 },
    { amountMinor: -5, periodStart: null, periodEnd: null },
  ),
}

function arbitraryOfSchema(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema === time) return fc.integer({ min: 0, max: timeMax })
  const def = defOf(schema)
  switch (def.type) {
    case 'optional':
    case 'default':
      return arbitraryOfSchema(def.innerType as z.ZodType)
    case 'string':
      return (schema as z.ZodString).safeParse('a|b').success ? text : fc.constantFrom('EUR', 'DKK')
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries))
    case 'literal':
      return fc.constantFrom(...def.values)
    case 'boolean':
      return fc.boolean()
    case 'number':
      return fc.integer({
        min: (schema as z.ZodNumber).minValue ?? 0,
        max: (schema as z.ZodNumber).maxValue ?? 0,
      })
    case 'array':
      return fc.array(arbitraryOfSchema(def.element as z.ZodType), { maxLength: 4 })
    case 'record':
      return fc.dictionary(text, arbitraryOfSchema(def.valueType as z.ZodType), { maxKeys: 4 })
    case 'object':
      return fc.constant({})
    default:
      throw new Error(`no arbitrary for ${def.type}`)
  }
}

function defOf(schema: z.core.$ZodType | undefined): z.core.$ZodTypes['_zod']['def'] {
  if (schema === undefined) throw new Error('no schema')
  return (schema as z.core.$ZodTypes)._zod.def
}
