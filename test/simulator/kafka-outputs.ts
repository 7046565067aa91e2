import type { DeadLetter, DeadLetters, SnapshotRecord, SnapshotSink } from '../../src/ports.ts'
import { hashText } from '../../src/simulate/random.ts'
import type { Link } from './link.ts'

/** What lies on the topics that Floorwatch writes, in order. */
export type KafkaOutputs = {
  readonly current: SentRecord[]
  readonly closed: SentRecord[]
  readonly letters: DeadLetter[]
  connect(link: Link, writer: string): { readonly sink: SnapshotSink; readonly deadLetters: DeadLetters }
}

/** `saidMs`: when the writer sent it, however late it came. */
export type SentRecord = SnapshotRecord & { readonly writer: string; readonly saidMs: number }

const codes = { refused: 'kafka-unavailable', doubt: 'kafka-unavailable' } as const

export const createKafkaOutputs = (now: () => number): KafkaOutputs => {
  const current: SentRecord[] = []
  const closed: SentRecord[] = []
  const letters: DeadLetter[] = []
  const appending = (topic: SentRecord[], records: readonly SnapshotRecord[], writer: string) => {
    const saidMs = now()
    return () => {
      for (const record of records) topic.push({ ...record, writer, saidMs })
    }
  }
  const close = async () => {}
  const connect = (link: Link, writer: string) => ({
    sink: {
      publish: (records: readonly SnapshotRecord[]) =>
        link.ask({ what: `publish ${told(records)}`, codes, act: appending(current, records, writer) }),
      publishClosed: (records: readonly SnapshotRecord[]) =>
        link.ask({ what: `close ${told(records)}`, codes, act: appending(closed, records, writer) }),
      standing: () => link.ask({ what: 'standing keys', codes, act: () => keysOf(current) }),
      close,
    },
    deadLetters: {
      send: (sent: readonly DeadLetter[]) =>
        link.ask({ what: `refuse ${sent.length}`, codes, act: () => void letters.push(...sent) }),
      close,
    },
  })
  return { current, closed, letters, connect }
}

const keysOf = (sent: readonly SentRecord[]): readonly string[] => {
  const latest = new Map<string, SentRecord>()
  for (const record of sent)
    if (record.revision > (latest.get(record.key)?.revision ?? 0)) latest.set(record.key, record)
  return [...latest].flatMap(([key, { value }]) => (value === null ? [] : [key]))
}

const told = (records: readonly SnapshotRecord[]): string =>
  records
    .map(({ key, revision, value }) => `${key}@${revision}:${value === null ? 'gone' : hashText(value)}`)
    .join(' ')
