import type { KafkaMessage } from 'kafkajs'
import type { SnapshotRecord } from '../ports.ts'
import { revisionHeader } from './snapshot-headers.ts'

/** A value as JSON. Not `ok`: for good, or until an outage is over. */
export type SnapshotText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly detail: string; readonly isOutage: boolean }

export type MessageReading = {
  /** Bytes of a value, whatever its format. */
  readonly read: (value: Buffer) => SnapshotText | Promise<SnapshotText>
  readonly take: (record: SnapshotRecord) => void
  /** Told once, of the first value that cannot be read: it is left out, and the others are not. */
  readonly onUnreadable: (detail: string) => void
  /** Values that wait for the end of an outage at most; further ones are left out. */
  readonly waitingMax: number
  readonly retryEveryMs: number
}

type Unread = { readonly key: string; readonly value: Buffer; readonly revision: number }

/** What an outage keeps from being read is tried again as messages go on coming, which heartbeats do. */
export function createMessageReader(reading: MessageReading): (message: KafkaMessage) => Promise<void> {
  const { read, take, onUnreadable, waitingMax, retryEveryMs } = reading
  const waiting = new Map<string, Unread>()
  let retryAtMs = 0
  let complained = false

  const readOne = async (unread: Unread): Promise<void> => {
    const { key, value, revision } = unread
    const found = await read(value)
    if (found.ok) {
      take({ key, value: found.text, revision })
      return
    }
    if (!complained) onUnreadable(found.detail)
    complained = true
    if (found.isOutage) wait(unread)
  }

  const wait = (unread: Unread): void => {
    const { key, revision } = unread
    const before = waiting.get(key)
    if (before ? before.revision < revision : waiting.size < waitingMax) waiting.set(key, unread)
  }

  const readWaiting = async (): Promise<void> => {
    if (waiting.size === 0 || Date.now() < retryAtMs) return
    retryAtMs = Date.now() + retryEveryMs
    for (const unread of waiting.values()) {
      waiting.delete(unread.key)
      await readOne(unread)
      if (waiting.has(unread.key)) return
    }
  }

  return async ({ key, value, headers }) => {
    const revision = Number(headers?.[revisionHeader]?.toString() ?? Number.NaN)
    // Without a key or a revision no floorwatch wrote it.
    if (key === null || !Number.isSafeInteger(revision)) return
    const name = key.toString()
    if (value === null) take({ key: name, value, revision })
    else await readOne({ key: name, value, revision })
    await readWaiting()
  }
}
