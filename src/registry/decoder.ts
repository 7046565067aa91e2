import { decodeJsonRecord, decodeValue, describeTooLarge } from '../core/decode.ts'
import type { Decoded, RecordDecoder, Rejected, SourceRecord } from '../ports.ts'
import { readText } from './text.ts'
import type { ReadValue } from './value-reader.ts'
import { createWireReader, isWireFormat, type WireReader, type WireReaderOptions } from './wire-reader.ts'

export type RegistryDecoderOptions = Omit<WireReaderOptions, 'outageTtlMs'> & {
  readonly valueBytesMax?: number
}

const valueBytesDefault = 1_000_000
const emptyWords = 'the record has no value; to take an event back, send event.retracted'

/**
 * Values in the registry's wire format (Avro, JSON Schema) and plain JSON, mixed as they come. An outage of the registry throws
 * `registry-unavailable`; an id it does not know is a rejection.
 */
export function createRegistryDecoder(options: RegistryDecoderOptions): RecordDecoder {
  const { valueBytesMax = valueBytesDefault } = options
  const readWire = createWireReader(options)
  return {
    decode: (record) => {
      const { value, unreadable } = record
      if (unreadable !== undefined) return reject(unreadable.reason, unreadable.detail)
      if (value === null) return reject('malformed', emptyWords)
      if (value.length > valueBytesMax)
        return reject('too-large', describeTooLarge(value.length, valueBytesMax))
      return isWireFormat(value) ? decodeWire(record, value, readWire) : decodeText(record, value)
    },
    close: async () => {},
  }
}

function decodeText(record: SourceRecord, value: Uint8Array): Decoded {
  const text = readText(value)
  return text === undefined
    ? reject('malformed', 'the value is not UTF-8; write it in UTF-8')
    : decodeJsonRecord({ text, headers: record.headers })
}

function decodeWire(
  record: SourceRecord,
  value: Uint8Array,
  readWire: WireReader,
): Decoded | Promise<Decoded> {
  const read = readWire(value)
  return read instanceof Promise ? read.then((ready) => judge(record, ready)) : judge(record, read)
}

const judge = (record: SourceRecord, read: ReadValue): Decoded =>
  read.ok ? decodeValue(read.value, record.headers) : read

function reject(reason: Rejected['reason'], detail: string): Rejected {
  return { ok: false, reason, detail }
}
