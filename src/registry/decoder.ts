import { decodeJsonRecord, decodeValue } from '../core/decode.ts'
import type { Decoded, RecordDecoder, Rejected, SourceRecord } from '../ports.ts'
import { fetchSchema, type RegistryAddress } from './schema-fetch.ts'
import { readText } from './text.ts'
import { compileValueReader, type ValueReader } from './value-reader.ts'

export type RegistryDecoderOptions = {
  /** Absent: only plain JSON is read. */
  readonly registry?: RegistryAddress
  readonly valueBytesMax?: number
  /** How long an id that the registry does not know is not asked for again. */
  readonly unknownSchemaTtlMs?: number
  readonly schemasMax?: number
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

export const decoderDefaults = {
  valueBytesMax: 1_000_000,
  unknownSchemaTtlMs: 30_000,
  schemasMax: 1_000,
} as const

/** Wire format of the registry: a zero, the schema's id as 4 bytes, the value. */
const wireMagic = 0
const wireHeaderBytes = 5
/** Ids are signed 32-bit integers from 1: what lies outside needs no question. */
const schemaIdMax = 2_147_483_647

type SchemaCache = {
  /** Synchronous when known. */
  readonly find: (id: number) => ValueReader | Promise<ValueReader>
}

/**
 * Values in the registry's wire format (Avro, JSON Schema) and plain JSON, mixed as they come. Each schema is fetched once and kept
 * compiled, because an id never changes its meaning. An outage of the registry throws `registry-unavailable`; an id it does not know is a rejection.
 */
export function createRegistryDecoder(options: RegistryDecoderOptions): RecordDecoder {
  const { registry, valueBytesMax = decoderDefaults.valueBytesMax } = options
  const cache = registry === undefined ? undefined : createSchemaCache(registry, options)
  return {
    decode: (record) => {
      const { value, unreadable } = record
      if (unreadable !== undefined) return reject(unreadable.reason, unreadable.detail)
      if (value === null) return reject('malformed', 'the record has no value')
      if (value.length > valueBytesMax) {
        return reject('too-large', `the value has ${value.length} bytes, more than ${valueBytesMax}`)
      }
      return value[0] === wireMagic ? decodeWire(record, value, cache) : decodeText(record, value)
    },
    close: async () => {},
  }
}

function decodeText(record: SourceRecord, value: Uint8Array): Decoded {
  const text = readText(value)
  return text === undefined
    ? reject('malformed', 'the value is not UTF-8')
    : decodeJsonRecord({ text, headers: record.headers })
}

function decodeWire(
  record: SourceRecord,
  value: Uint8Array,
  cache: SchemaCache | undefined,
): Decoded | Promise<Decoded> {
  if (value.length < wireHeaderBytes) return reject('malformed', 'the value ends within the schema id')
  const id = readSchemaId(value)
  if (cache === undefined)
    return reject('unknown-schema', `schema ${id} is needed, and no registry.url is configured`)
  const reader = cache.find(id)
  return reader instanceof Promise
    ? reader.then((ready) => readWire(record, value, ready))
    : readWire(record, value, reader)
}

function readWire(record: SourceRecord, value: Uint8Array, reader: ValueReader): Decoded {
  const read = reader(value, wireHeaderBytes)
  return read.ok ? decodeValue(read.value, record.headers) : read
}

function readSchemaId(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(1)
}

function createSchemaCache(registry: RegistryAddress, options: RegistryDecoderOptions): SchemaCache {
  const {
    now = () => performance.now(),
    unknownSchemaTtlMs = decoderDefaults.unknownSchemaTtlMs,
    schemasMax = decoderDefaults.schemasMax,
  } = options
  const readers = new Map<number, ValueReader>()
  const unknownUntil = new Map<number, number>()
  const underWay = new Map<number, Promise<ValueReader>>()

  async function fetchReader(id: number): Promise<ValueReader> {
    const schema = await fetchSchema(registry, id)
    if (schema === undefined) {
      keepWithin(unknownUntil, schemasMax)
      unknownUntil.set(id, now() + unknownSchemaTtlMs)
      return rejectUnknown(id)
    }
    const reader = compileValueReader(schema, id)
    keepWithin(readers, schemasMax)
    readers.set(id, reader)
    return reader
  }

  function fetchOnce(id: number): Promise<ValueReader> {
    const fetching = fetchReader(id).finally(() => underWay.delete(id))
    underWay.set(id, fetching)
    return fetching
  }

  return {
    find: (id) => {
      const known = readers.get(id)
      if (known !== undefined) return known
      if (id === 0 || id > schemaIdMax || now() < (unknownUntil.get(id) ?? Number.NEGATIVE_INFINITY))
        return rejectUnknown(id)
      return underWay.get(id) ?? fetchOnce(id)
    },
  }
}

function rejectUnknown(id: number): ValueReader {
  return () => ({ ok: false, reason: 'unknown-schema', detail: `the registry has no schema ${id}` })
}

/** Makes room for one more by dropping the oldest. */
function keepWithin(map: Map<number, unknown>, sizeMax: number): void {
  const [oldest] = map.keys()
  if (map.size >= sizeMax && oldest !== undefined) map.delete(oldest)
}

function reject(reason: Rejected['reason'], detail: string): Rejected {
  return { ok: false, reason, detail }
}
