import type { SourceRecord } from '../../src/ports.ts'

export function recordOf(
  value: Uint8Array | null,
  headers: Readonly<Record<string, string>> = {},
): SourceRecord {
  return {
    topic: 'call-queue',
    topicName: 'contact-center.call-queue.v1',
    partition: 0,
    offset: 0n,
    key: null,
    value,
    headers,
    timestampMs: 0,
  }
}

/** The registry's wire format: a zero, the schema's id, the value. */
export function wireOf(id: number, value: Uint8Array): Uint8Array {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(id, 1)
  return Buffer.concat([header, value])
}
