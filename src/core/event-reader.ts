import type { z } from 'zod'
import { notOther, otherKey, queueIdsMax, readTime, time, wellFormed } from './event-fields.ts'

/** What a reader answers to a value that its schema refuses. */
export const refused: unique symbol = Symbol('refused')

const plainChecks: ReadonlySet<unknown> = new Set([wellFormed, notOther])
const lengthChecks: ReadonlySet<string> = new Set(['min_length', 'max_length'])

/** An event, a list in it, an item, a field of that. */
const eventDepthMax = 4

/** More than any list or map of an event may have. */
export const entriesMax: number = queueIdsMax

type ReadField = (value: unknown) => unknown
type Field = {
  readonly name: string
  readonly isRequired: boolean
  readonly fill: unknown
  readonly read: ReadField
}

/**
 * The same as the schema's parse, several times faster, because every event passes here; it says only that a value is refused, and the
 * schema then says why. Strings, words, numbers, flags and times are read by plain code, all else by the schema itself.
 */
export function compileReader(
  shape: Readonly<Record<string, z.core.$ZodType>>,
): (value: Readonly<Record<string, unknown>>) => Record<string, unknown> | typeof refused {
  const fields = Object.entries(shape).map(([name, schema]) => compileField(name, schema as z.ZodType))
  return (value) => {
    const event: Record<string, unknown> = {}
    for (const field of fields) {
      const raw = value[field.name]
      if (raw === undefined || raw === null) {
        if (field.isRequired) return refused
        if (field.fill !== undefined) event[field.name] = field.fill
        continue
      }
      const read = field.read(raw)
      if (read === refused) return refused
      event[field.name] = read
    }
    return event
  }
}

/**
 * Fields that are null are absent: Avro writes so what is not there, and many JSON writers do. Goes no deeper than events do, because JSON of
 * ten thousand levels would end the stack.
 */
export function dropNulls(value: unknown, depthMax = eventDepthMax): unknown {
  if (typeof value !== 'object' || value === null || depthMax === 0) return value
  if (Array.isArray(value)) return value.map((item) => dropNulls(item, depthMax - 1))
  const present = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(present.map(([name, inner]) => [name, dropNulls(inner, depthMax - 1)]))
}

/** Such a value is refused before zod finds each of its entries wrong, which takes seconds for a megabyte of them. */
export function isCrowded(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return (Array.isArray(value) ? value.length : Object.keys(value).length) > entriesMax
}

function compileField(name: string, schema: z.ZodType): Field {
  const { def } = (schema as z.core.$ZodType as z.core.$ZodTypes)._zod
  if (def.type === 'optional') {
    return { name, isRequired: false, fill: undefined, read: compileValue(def.innerType as z.ZodType) }
  }
  if (def.type === 'default') {
    return { name, isRequired: false, fill: def.defaultValue, read: compileValue(def.innerType as z.ZodType) }
  }
  return { name, isRequired: true, fill: undefined, read: compileValue(schema) }
}

function compileValue(schema: z.ZodType): ReadField {
  if (schema === time) return readTimeField
  const { def } = (schema as z.core.$ZodType as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'string':
      return compileText(schema as z.ZodString)
    case 'number':
      return compileNumber(schema as z.ZodNumber)
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : refused)
    case 'enum':
      return compileWords(Object.values(def.entries))
    case 'literal':
      return compileWords(def.values)
    default:
      return (value) => {
        if (isCrowded(value)) return refused
        const parsed = schema.safeParse(dropNulls(value))
        return parsed.success ? parsed.data : refused
      }
  }
}

function readTimeField(value: unknown): unknown {
  const read = readTime(value)
  return typeof read === 'number' ? read : refused
}

function compileText(schema: z.ZodString): ReadField {
  const minimum = schema.minLength ?? 0
  const maximum = schema.maxLength ?? Number.POSITIVE_INFINITY
  const checks = schema._zod.def.checks ?? []
  const isPlain = checks.every((check) => plainChecks.has(check) || lengthChecks.has(check._zod.def.check))
  const refusedText = checks.includes(notOther) ? otherKey : undefined
  return (value) => {
    if (typeof value !== 'string' || value.length < minimum || value.length > maximum) return refused
    if (isPlain) return value.isWellFormed() && value !== refusedText ? value : refused
    return schema.safeParse(value).success ? value : refused
  }
}

function compileNumber(schema: z.ZodNumber): ReadField {
  const minimum = schema.minValue ?? Number.NEGATIVE_INFINITY
  const maximum = schema.maxValue ?? Number.POSITIVE_INFINITY
  const isInteger = schema.isInt
  return (value) => {
    if (typeof value !== 'number' || !(value >= minimum && value <= maximum)) return refused
    return !isInteger || Number.isSafeInteger(value) ? value : refused
  }
}

/** Answers with the schema's own word: one object for all events, and quickly compared. */
function compileWords(words: readonly unknown[]): ReadField {
  const known = new Map(words.map((word) => [word, word]))
  return (value) => known.get(value) ?? refused
}
