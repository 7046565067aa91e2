import { existsSync } from 'node:fs'
import type { Event } from '../../src/core/events.ts'
import { readNdjson } from '../../src/files/ndjson.ts'

const files = ['bank-02', 'italian', 'sudzilla'].map((name) => `../shared/data/${name}.ndjson.gz`)

/** Calls of a bank, tickets of two help desks. Throws where the files are absent: then nothing was checked. */
export const readRealEvents = async (): Promise<readonly Event[]> => {
  const missing = files.filter((file) => !existsSync(file))
  if (missing.length > 0)
    throw new Error(
      `real events are read from ../shared/data beside the checkout; absent: ${missing.join(', ')}`,
    )
  const read: Event[] = []
  for await (const batch of readNdjson(files))
    for (const { decoded } of batch) if (decoded.ok) read.push(decoded.event)
  return read
}
