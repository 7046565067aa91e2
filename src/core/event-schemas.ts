import { z } from 'zod'
import {
  attributes,
  attributesMax,
  channelsMax,
  commonFields,
  contactsByChannel,
  time,
} from './event-fields.ts'
import { type EventRow, eventRows } from './event-rows.ts'
import { timeMax, timeMin } from './event-time.ts'
import { type EventType, eventTypes } from './events.ts'
import type { Topic } from './topics.ts'

/** A JSON document: an Avro schema or a JSON Schema. */
export type SchemaDocument = { readonly [name: string]: unknown }

const int32Max = 2_147_483_647
const requiredFields: ReadonlySet<string> = new Set(['eventId', 'type', 'occurredAt'])

/**
 * The Avro schema of a topic: one flat record with the fields of all its types, those not common to every event null by default, so
 * that a type can be added without breaking a reader. Words are strings for the same reason.
 */
export function describeAvro(topic: Topic): SchemaDocument {
  return {
    type: 'record',
    name: toPascalCase(`${topic}-event`),
    namespace: 'floorwatch.v1',
    fields: [...fieldsOfTopic(topic)].map(([name, schema]) => describeAvroField(name, schema)),
  }
}

/** The JSON Schema (draft 7) of a topic: what every event has, and exactly one of its types. */
export function describeJson(topic: Topic): SchemaDocument {
  const types = typesOfTopic(topic)
  const common = toJsonSchema(z.object({ ...commonFields, type: z.enum(types) }))
  // Zod takes a time, which it knows as a transformation of anything, for optional.
  return {
    ...common,
    required: [...requiredFields],
    title: toPascalCase(`${topic}-event`),
    oneOf: types.map(describeJsonType),
  }
}

/** The types that a topic takes, retractions included. */
export function typesOfTopic(topic: Topic): readonly EventType[] {
  return eventTypes.filter((type) => eventRows[type].topic === topic || eventRows[type].topic === undefined)
}

/** Every field that an event of the topic may have. A retraction names its subject by an id that the topic's own types have. */
function fieldsOfTopic(topic: Topic): ReadonlyMap<string, z.core.$ZodType> {
  const fields = new Map<string, z.core.$ZodType>(
    Object.entries({ eventId: commonFields.eventId, type: z.string() }),
  )
  for (const [name, schema] of Object.entries(commonFields)) fields.set(name, schema)
  for (const row of Object.values<EventRow>(eventRows)) {
    if (row.topic !== topic) continue
    for (const [name, schema] of Object.entries(row.own)) if (!fields.has(name)) fields.set(name, schema)
  }
  fields.set('retracts', eventRows['event.retracted'].own.retracts)
  return fields
}

function describeAvroField(name: string, schema: z.core.$ZodType): SchemaDocument {
  const type = describeAvroType(name, schema)
  return requiredFields.has(name) ? { name, type } : { name, type: ['null', type], default: null }
}

function describeAvroType(name: string, schema: z.core.$ZodType): unknown {
  if (schema === time) return { type: 'long', logicalType: 'timestamp-millis' }
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'optional':
    case 'default':
      return describeAvroType(name, def.innerType)
    case 'string':
    case 'enum':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'number':
      return describeAvroNumber(schema as z.ZodNumber)
    case 'array':
      return { type: 'array', items: describeAvroType(name, def.element) }
    case 'record':
      return { type: 'map', values: describeAvroType(name, def.valueType) }
    case 'object':
      return { type: 'record', name: toPascalCase(`${name}-item`), fields: describeItemFields(def.shape) }
    default:
      throw new Error(`no Avro type for ${name}, which is ${def.type}`)
  }
}

/** Items of a list have no types of their own to tell apart: what is required stays so. */
function describeItemFields(shape: Readonly<Record<string, z.core.$ZodType>>): readonly SchemaDocument[] {
  return Object.entries(shape).map(([name, schema]) => {
    const type = describeAvroType(name, schema)
    const kind = (schema as z.core.$ZodTypes)._zod.def.type
    return kind === 'optional' || kind === 'default'
      ? { name, type: ['null', type], default: null }
      : { name, type }
  })
}

function describeAvroNumber(schema: z.ZodNumber): string {
  if (!schema.isInt) return 'double'
  return (schema.maxValue ?? Number.POSITIVE_INFINITY) <= int32Max ? 'int' : 'long'
}

function describeJsonType(type: EventType): SchemaDocument {
  const row: EventRow = eventRows[type]
  const { $schema: _, ...own } = toJsonSchema(z.object({ type: z.literal(type), ...row.own }))
  return own
}

function toJsonSchema(schema: z.ZodType): SchemaDocument {
  return z.toJSONSchema(schema, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === time) Object.assign(jsonSchema, describeJsonTime())
      if (zodSchema === attributes) jsonSchema.maxProperties = attributesMax
      if (zodSchema === contactsByChannel) jsonSchema.maxProperties = channelsMax
    },
  })
}

function describeJsonTime(): SchemaDocument {
  return {
    anyOf: [
      { type: 'integer', minimum: timeMin, maximum: timeMax },
      { type: 'string', format: 'date-time' },
    ],
  }
}

function toPascalCase(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
