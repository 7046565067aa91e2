import { fromAvroValue } from '../core/snapshot-avro.ts'
import { FloorwatchError } from '../errors.ts'
import { readText } from './text.ts'
import type { ReadValue } from './value-reader.ts'
import { createWireReader, isWireFormat, type WireReaderOptions } from './wire-reader.ts'

/** A published value as JSON. Not `ok`: for good, or because the registry is out. */
export type ReadSnapshot =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly detail: string; readonly isOutage: boolean }

export type SnapshotReader = (value: Uint8Array) => ReadSnapshot | Promise<ReadSnapshot>

const outageTtlMs = 30_000

/** Reads what snapshot sinks write, Avro and JSON, mixed as they come. At once where the schema is known. Throws only what is a fault of ours. */
export function createSnapshotReader(options: WireReaderOptions): SnapshotReader {
  const readWire = createWireReader({ outageTtlMs, ...options })
  return (value) => {
    if (!isWireFormat(value)) return readJson(value)
    const read = readWire(value)
    return read instanceof Promise ? read.then(toJson).catch(noteOutage) : toJson(read)
  }
}

function readJson(value: Uint8Array): ReadSnapshot {
  const text = readText(value)
  return text === undefined ? unreadable('a value is not UTF-8') : { ok: true, text }
}

function toJson(read: ReadValue): ReadSnapshot {
  if (!read.ok) return unreadable(read.detail)
  const text = fromAvroValue(read.value)
  return text === undefined ? unreadable('a value is no snapshot') : { ok: true, text }
}

function unreadable(detail: string): ReadSnapshot {
  return { ok: false, detail, isOutage: false }
}

function noteOutage(error: unknown): ReadSnapshot {
  if (!(error instanceof FloorwatchError)) throw error
  return { ok: false, detail: error.message, isOutage: true }
}
