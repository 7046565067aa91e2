import { fetchSchema, type RegistryAddress } from './schema-fetch.ts'
import { compileValueReader, type ReadValue, type ValueReader } from './value-reader.ts'

export type WireReaderOptions = {
  /** Absent: nothing can be read, which is told of each value. */
  readonly registry?: RegistryAddress | undefined
  /** How long an id that the registry does not know is not asked for again. */
  readonly unknownSchemaTtlMs?: number
  /** How long a registry that did not answer is not asked again; meanwhile it is out. */
  readonly outageTtlMs?: number
  readonly schemasMax?: number
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number
}

const defaults = { unknownSchemaTtlMs: 30_000, outageTtlMs: 0, schemasMax: 1_000 } as const

/** Wire format of the registry: a zero, the schema's id as 4 bytes, the value. */
const wireMagic = 0
const wireHeaderBytes = 5
/** Ids are signed 32-bit integers from 1: what lies outside needs no question. */
const schemaIdMax = 2_147_483_647

export const isWireFormat = (value: Uint8Array): boolean => value[0] === wireMagic

export const wireHeader = (schemaId: number): Buffer => {
  const header = Buffer.alloc(wireHeaderBytes)
  header.writeUInt32BE(schemaId, 1)
  return header
}

/** Reads a value in the wire format: at once where its schema is known. */
export type WireReader = (value: Uint8Array) => ReadValue | Promise<ReadValue>

/**
 * Each schema is fetched once and kept compiled, because an id never changes its meaning. An outage of the registry throws
 * `registry-unavailable`; an id it does not know is a value that cannot be read.
 */
export function createWireReader(options: WireReaderOptions): WireReader {
  const { registry } = options
  const cache = registry === undefined ? undefined : createSchemaCache(registry, options)
  return (value) => {
    if (value.length < wireHeaderBytes)
      return { ok: false, reason: 'malformed', detail: 'the value ends within the schema id; send it whole' }
    const id = readSchemaId(value)
    if (cache === undefined) return rejectUnread(id)
    const reader = cache.find(id)
    return reader instanceof Promise
      ? reader.then((ready) => ready(value, wireHeaderBytes))
      : reader(value, wireHeaderBytes)
  }
}

function readSchemaId(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(1)
}

function rejectUnread(id: number): ReadValue {
  const detail = `schema ${id} is needed, and no registry.url is configured; set it`
  return { ok: false, reason: 'unknown-schema', detail }
}

type SchemaCache = {
  /** Synchronous when known. */
  readonly find: (id: number) => ValueReader | Promise<ValueReader>
}

function createSchemaCache(registry: RegistryAddress, options: WireReaderOptions): SchemaCache {
  const {
    now = () => performance.now(),
    unknownSchemaTtlMs = defaults.unknownSchemaTtlMs,
    outageTtlMs = defaults.outageTtlMs,
    schemasMax = defaults.schemasMax,
  } = options
  const readers = new Map<number, ValueReader>()
  const unknownUntil = new Map<number, number>()
  const underWay = new Map<number, Promise<ValueReader>>()
  let outage: { readonly error: unknown; readonly untilMs: number } | undefined

  async function fetchReader(id: number): Promise<ValueReader> {
    const schema = await fetchSchema(registry, id).catch((error: unknown) => {
      outage = { error, untilMs: now() + outageTtlMs }
      throw error
    })
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
      if (outage !== undefined && now() < outage.untilMs) return Promise.reject(outage.error)
      return underWay.get(id) ?? fetchOnce(id)
    },
  }
}

function rejectUnknown(id: number): ValueReader {
  const detail = `the registry has no schema ${id}; set registry.url to the one that its producer registers with`
  return () => ({ ok: false, reason: 'unknown-schema', detail })
}

/** Makes room for one more by dropping the oldest. */
function keepWithin(map: Map<number, unknown>, sizeMax: number): void {
  const [oldest] = map.keys()
  if (map.size >= sizeMax && oldest !== undefined) map.delete(oldest)
}
