import { type ParsedEvent, parseEvent } from './events.ts'

/** Headers of a CloudEvents record in Kafka's binary mode, and the field each stands in for. */
const fieldsByHeader = {
  ce_id: 'eventId',
  ce_source: 'source',
  ce_time: 'occurredAt',
  ce_type: 'type',
} as const
const headerFields = Object.entries(fieldsByHeader)

export type RecordHeaders = Readonly<Record<string, string>>

/** A record whose value is JSON text. CloudEvents headers fill in what the value lacks. */
export function decodeJsonRecord(record: {
  readonly text: string
  readonly headers: RecordHeaders
}): ParsedEvent {
  const parsed = parseJson(record.text)
  return parsed.ok ? decodeValue(parsed.value, record.headers) : parsed
}

/** A value that is decoded already, of JSON or Avro, with its record's headers. */
export function decodeValue(value: unknown, headers: RecordHeaders): ParsedEvent {
  return parseEvent(fillFromHeaders(value, headers))
}

/** `detail` says where the text stops being JSON and never quotes it: it may be somebody's data. */
export function parseJson(
  text: string,
):
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'malformed'; readonly detail: string } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1]
    const where = position === undefined ? '' : ` (at character ${position})`
    return {
      ok: false,
      reason: 'malformed',
      detail: `the value is not JSON${where}; write one JSON object`,
    }
  }
}

/** Of a record or a line past `limits.recordBytesMax`, which nobody tried to read. */
export function describeTooLarge(bytes: number, bytesMax: number): string {
  return `${bytes} bytes, more than limits.recordBytesMax (${bytesMax}); make it smaller, or raise that`
}

function fillFromHeaders(value: unknown, headers: RecordHeaders): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const fields = value as Readonly<Record<string, unknown>>
  let filled: Record<string, unknown> | undefined
  for (const [header, field] of headerFields) {
    const text = headers[header]
    if (text === undefined || (fields[field] ?? undefined) !== undefined) continue
    filled ??= { ...fields }
    filled[field] = text
  }
  return filled ?? fields
}
