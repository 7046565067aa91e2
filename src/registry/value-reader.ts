// avsc is CommonJS, and Node finds no names in it to import.
import avsc, { type Schema, type Type } from 'avsc'
import { parseJson } from '../core/decode.ts'
import { compileAvroBounds } from './avro-bounds.ts'
import { compileUnwrap } from './avro-unions.ts'
import type { FetchedSchema } from './schema-fetch.ts'
import { readText } from './text.ts'

export type ReadValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'malformed' | 'unknown-schema'; readonly detail: string }

/** Reads the value that begins at `start`, of one writer schema. */
export type ValueReader = (bytes: Uint8Array, start: number) => ReadValue

/**
 * The reader of a writer's schema, compiled once. Values are read as they were written and then matched to events by the names of their
 * fields, so that any writer's schema will do that has them. A schema that cannot be read gives a reader that says so of every record.
 */
export function compileValueReader(schema: FetchedSchema, id: number): ValueReader {
  const ruled = findReadRule(schema)
  if (ruled !== undefined)
    return refuse(
      `schema ${id} has the rule ${ruled} to run on reading, which Floorwatch does not run; send without it`,
    )
  const kind = schema.info.schemaType ?? 'AVRO'
  if (kind === 'JSON') return readJson
  if (kind !== 'AVRO') return refuse(`schema ${id} is ${kind}; send Avro, JSON Schema or plain JSON`)
  try {
    return compileAvro(schema)
  } catch (error) {
    return refuse(
      `schema ${id} cannot be compiled: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** Rules that change what is read (decryption, transformation, S11); rules for writers, and those between versions, do not. */
function findReadRule({ info }: FetchedSchema): string | undefined {
  const rules = [...(info.ruleSet?.domainRules ?? []), ...(info.ruleSet?.encodingRules ?? [])]
  return rules.find(({ mode, disabled }) => disabled !== true && (mode === undefined || /READ/.test(mode)))
    ?.name
}

function refuse(detail: string): ValueReader {
  return () => ({ ok: false, reason: 'unknown-schema', detail })
}

function readJson(bytes: Uint8Array, start: number): ReadValue {
  const text = readText(bytes.subarray(start))
  return text === undefined ? malformed('the value is not UTF-8; write it in UTF-8') : parseJson(text)
}

function compileAvro({ info, references }: FetchedSchema): ValueReader {
  const registry: Record<string, Type> = {}
  for (const reference of references) avsc.Type.forSchema(parseSchema(reference.schema), { registry })
  const type = avsc.Type.forSchema(parseSchema(info.schema), { registry })
  const findEnd = compileAvroBounds(type)
  const unwrap = compileUnwrap(type)
  return (bytes, start) => {
    if (findEnd(bytes, start) !== bytes.length)
      return malformed(
        'the bytes do not fit their Avro schema; send the id of the one they were written with',
      )
    try {
      const { value } = type.decode(toBuffer(bytes), start)
      return { ok: true, value: unwrap === undefined ? value : unwrap(value) }
    } catch (error) {
      return malformed(
        `the Avro value cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
}

/** Without defaults, which matter to readers only: avsc refuses some that other libraries write. */
function parseSchema(text: string): Schema {
  return JSON.parse(text, (name, value: unknown) => (name === 'default' ? undefined : value)) as Schema
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function malformed(detail: string): ReadValue {
  return { ok: false, reason: 'malformed', detail }
}
