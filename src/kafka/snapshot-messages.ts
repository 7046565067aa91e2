import type { KafkaMessage } from 'kafkajs'
import type { SnapshotRecord } from '../ports.ts'
import { createGiveWay } from './give-way.ts'
import { revisionHeader } from './snapshot-headers.ts'

/** A value as JSON. Not `ok`: for good, or until an outage is over. */
export type SnapshotText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly detail: string; readonly isOutage: boolean }

export type MessageReading = {
  /** Bytes of a value, whatever its format. */
  readonly read: (value: Buffer) => SnapshotText | Promise<SnapshotText>
  readonly take: (record: SnapshotRecord) => void
  /** Told of the first value that an outage keeps from being read, and of the first that never can be: it is left out. */
  readonly onUnreadable: (detail: string) => void
  /** `read` or `take` threw. */
  readonly onFault: (error: unknown) => void
  /** Values that wait to be read at most; those of further keys are left out. */
  readonly waitingMax: number
  readonly retryEveryMs: number
}

/** To read a value may cost much more than to fetch it: of each key only the latest is read, and never for long at a stretch. */
export type MessageReader = {
  /** Keeps the value until it is read. */
  readonly add: (message: KafkaMessage) => void
  /** Reads what was kept, and from then on what comes. Resolves when all was read, but for what an outage keeps for later. */
  readonly start: () => Promise<void>
  readonly close: () => void
}

type Unread = { readonly key: string; readonly value: Buffer; readonly revision: number }

type ReaderState = MessageReading & {
  readonly unread: Map<string, Unread>
  readonly told: Set<'outage' | 'unreadable'>
  isStarted: boolean
  isReading: boolean
  retry: NodeJS.Timeout | undefined
}

export function createMessageReader(reading: MessageReading): MessageReader {
  const state: ReaderState = {
    ...reading,
    unread: new Map(),
    told: new Set(),
    isStarted: false,
    isReading: false,
    retry: undefined,
  }
  return {
    add: (message) => addMessage(state, message),
    start: () => {
      state.isStarted = true
      return readAll(state)
    },
    close: () => {
      state.isStarted = false
      clearTimeout(state.retry)
    },
  }
}

function addMessage(state: ReaderState, { key, value, headers }: KafkaMessage): void {
  const { unread, waitingMax, take } = state
  const revision = Number(headers?.[revisionHeader]?.toString() ?? Number.NaN)
  // Without a key or a revision no floorwatch wrote it.
  if (key === null || !Number.isSafeInteger(revision)) return
  const name = key.toString()
  if (value === null) {
    take({ key: name, value, revision })
    return
  }
  const before = unread.get(name)
  if (before ? before.revision >= revision : unread.size >= waitingMax) return
  // A copy: the value is cut from all that was fetched with it.
  unread.set(name, { key: name, value: Buffer.from(value), revision })
  void readAll(state)
}

const hasWork = ({ isStarted, retry, unread }: ReaderState): boolean =>
  isStarted && retry === undefined && unread.size > 0

async function readAll(state: ReaderState): Promise<void> {
  if (state.isReading) return
  state.isReading = true
  try {
    const giveWay = createGiveWay()
    while (hasWork(state)) {
      await readNext(state)
      await giveWay()
    }
  } catch (error) {
    state.onFault(error)
  } finally {
    state.isReading = false
  }
}

async function readNext(state: ReaderState): Promise<void> {
  const { unread, read, take } = state
  const [next] = unread.values()
  if (!next) return
  const { key, value, revision } = next
  unread.delete(key)
  const found = await read(value)
  if (found.ok) {
    take({ key, value: found.text, revision })
    return
  }
  tell(state, found)
  if (!found.isOutage) return
  if (!unread.has(key) && unread.size < state.waitingMax) unread.set(key, next)
  state.retry = setTimeout(() => retryReading(state), state.retryEveryMs).unref()
}

function retryReading(state: ReaderState): void {
  state.retry = undefined
  void readAll(state)
}

function tell(
  { told, onUnreadable }: ReaderState,
  { detail, isOutage }: { detail: string; isOutage: boolean },
) {
  const cause = isOutage ? 'outage' : 'unreadable'
  if (!told.has(cause)) onUnreadable(detail)
  told.add(cause)
}
