import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { type Schema, Type } from 'avsc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeAvro, describeJson, typesOfTopic } from '../../src/core/event-schemas.ts'
import { parseEvent, schemaOfType } from '../../src/core/events.ts'
import { describeSnapshotAvro, snapshotTopics } from '../../src/core/snapshot-avro.ts'
import { topics } from '../../src/core/topics.ts'
import { arbitraryOf } from '../core/event-arbitrary.ts'

/** To be copied from schemas/ at each release; what was released must stay readable. */
const releasedFolder = 'schemas/baseline'

function readSchema(name: string, folder = 'schemas'): Record<string, unknown> {
  return JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
}

function compileAvro(schema: object): Type {
  return Type.forSchema(schema as Schema)
}

function compileJson(schema: object) {
  const ajv = new Ajv({ strict: false })
  formats.default(ajv)
  return ajv.compile(schema)
}

describe.each(topics)('the schemas of topic %s', (topic) => {
  const events = fc
    .constantFrom(...typesOfTopic(topic))
    .chain(arbitraryOf)
    .map((fields) => parseEvent(fields))
    .filter((parsed) => parsed.ok)

  test('are those in schemas/ (else: node scripts/schemas.ts)', () => {
    expect(readSchema(`${topic}.avsc`)).toEqual(JSON.parse(JSON.stringify(describeAvro(topic))))
    expect(readSchema(`${topic}.schema.json`)).toEqual(JSON.parse(JSON.stringify(describeJson(topic))))
  })

  test('carry every field of every type through Avro', () => {
    const type = compileAvro(describeAvro(topic))
    fc.assert(
      fc.property(events, (parsed) => {
        // A retraction names its subject by an id that this topic's events have.
        fc.pre(parsed.event.type !== 'event.retracted')
        expect(parseEvent(type.fromBuffer(type.toBuffer(parsed.event)))).toEqual(parsed)
      }),
      { numRuns: 300 },
    )
  })

  test('know in JSON Schema every event, and nothing that is refused', () => {
    const validate = compileJson(describeJson(topic))
    const junk = fc.constantFrom<unknown>(
      '',
      'x'.repeat(201),
      -1,
      1.5,
      7,
      true,
      [],
      {},
      ['a'],
      { a: 1 },
      undefined,
    )
    const spoiled = fc
      .constantFrom(...typesOfTopic(topic))
      .chain((type) =>
        fc.tuple(arbitraryOf(type), fc.constantFrom(...Object.keys(schemaOfType(type).shape)), junk),
      )
      .map(([fields, name, value]) => withoutNulls({ ...fields, [name]: value }))
    fc.assert(
      fc.property(events, (parsed) => {
        expect(validate(parsed.event), JSON.stringify(validate.errors)).toBe(true)
      }),
    )
    fc.assert(
      fc.property(spoiled, (fields) => {
        const type = typesOfTopic(topic).find((known) => known === fields.type)
        const isAccepted = type !== undefined && schemaOfType(type).safeParse(fields).success
        expect(validate(fields)).toBe(isAccepted)
      }),
      { numRuns: 300 },
    )
  })

  test('read in Avro what the released version wrote', () => {
    const released = compileAvro(readSchema(`${topic}.avsc`, releasedFolder))
    const today = compileAvro(describeAvro(topic))
    const resolver = today.createResolver(released)
    fc.assert(
      fc.property(events, (parsed) => {
        const bytes = released.toBuffer(parsed.event)
        expect(parseEvent(today.fromBuffer(bytes, resolver))).toEqual(parseEvent(released.fromBuffer(bytes)))
      }),
    )
  })

  test('ask in JSON Schema for no more than the released version did', () => {
    const released = readSchema(`${topic}.schema.json`, releasedFolder)
    const today = describeJson(topic)
    const requiredOf = (schema: Record<string, unknown>) => [
      schema.required,
      ...(schema.oneOf as readonly Record<string, unknown>[]).map((type) => type.required),
    ]
    expect(today.required).toEqual(released.required)
    expect(requiredOf(today).flat()).toEqual(expect.arrayContaining(requiredOf(released).flat()))
    expect(Object.keys(today.properties as object)).toEqual(
      expect.arrayContaining(Object.keys(released.properties as object)),
    )
  })
})

describe.each(snapshotTopics)('the schema of snapshots on the topic of %s', (topic) => {
  const read = (folder?: string) => JSON.parse(JSON.stringify(readSchema(`${topic}.avsc`, folder)))

  test('is that in schemas/ (else: node scripts/schemas.ts)', () => {
    expect(read()).toEqual(describeSnapshotAvro(topic))
  })

  test('reads what the released version wrote, and is read by it', () => {
    const released = compileAvro(read(releasedFolder))
    const today = compileAvro(describeSnapshotAvro(topic))
    expect(() => today.createResolver(released)).not.toThrow()
    expect(() => released.createResolver(today)).not.toThrow()
  })
})

test('a retraction in Avro names its subject by the id of each topic', () => {
  const ids = {
    'call-queue': { callId: 'x' },
    ticket: { ticketId: 'x' },
    message: { conversationId: 'x' },
    survey: { surveyId: 'x' },
    agent: { agentId: 'x' },
    business: { costId: 'x' },
  }
  for (const topic of topics) {
    const type = compileAvro(describeAvro(topic))
    const fields = { eventId: 'e', type: 'event.retracted', occurredAt: 1, retracts: 'r', ...ids[topic] }
    expect(parseEvent(type.fromBuffer(type.toBuffer(fields)))).toMatchObject({ ok: true, event: fields })
  }
})

function withoutNulls(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  )
}
