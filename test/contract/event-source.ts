/** What every EventSource promises, in memory or over Kafka. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Topic } from '../../src/core/topics.ts'
import type { AssignmentListener, EventSource, ShardOffsets, SourceRecord } from '../../src/ports.ts'

export type LoggedRecord = {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly timestampMs: number
}

/** A log of its own, with `partitions` partitions of the topics call-queue and ticket. */
export type EventLog = {
  readonly partitions: number
  readonly append: (topic: Topic, records: readonly LoggedRecord[]) => Promise<void>
  /** Removes the records before `offset`. */
  readonly trim: (topic: Topic, partition: number, offset: bigint) => Promise<void>
  /** A new source over the log, not started. */
  readonly open: (options?: SourceChoices) => Promise<EventSource>
  readonly close: () => Promise<void>
}

export type SourceChoices = {
  readonly startFrom?: 'earliest' | 'latest' | { readonly atMs: number }
  readonly onDataLoss?: 'stop' | 'continue'
}

const startMs = Date.UTC(2026, 2, 2, 9)

export function numbered(count: number, partition = 0, from = 0): LoggedRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    partition,
    key: `k${from + index}`,
    value: `v${from + index}`,
    timestampMs: startMs + (from + index) * 1000,
  }))
}

export const textOf = (bytes: Uint8Array | null | undefined) =>
  bytes === null || bytes === undefined ? bytes : Buffer.from(bytes).toString()

type Recorded = AssignmentListener & {
  readonly assigned: number[]
  readonly revoked: number[]
  readonly fatal: Error[]
  readonly losses: unknown[]
}

/** A listener that starts every shard at the given offsets and writes down what it is told. */
export function recordingListener(offsets: (shard: number) => ShardOffsets = () => ({})): Recorded {
  const told = {
    assigned: [] as number[],
    revoked: [] as number[],
    fatal: [] as Error[],
    losses: [] as unknown[],
  }
  return {
    ...told,
    onAssigned: async (shard) => {
      told.assigned.push(shard)
      return offsets(shard)
    },
    onRevoked: async (shard) => {
      told.revoked.push(shard)
    },
    onFatal: (error) => told.fatal.push(error),
    onDataLoss: (loss) => told.losses.push(loss),
  }
}

/** Takes records as a loop would, until `count` are there; fails after 20 s. */
export async function takeRecords(
  source: EventSource,
  shard: number,
  count: number,
): Promise<SourceRecord[]> {
  const taken: SourceRecord[] = []
  const deadline = Date.now() + 20_000
  while (taken.length < count) {
    const [first] = source.peek(shard)
    const record = first && source.take(shard, first.topic)
    if (record) taken.push(record)
    else if (Date.now() > deadline) throw new Error(`only ${taken.length} of ${count} records came`)
    else await source.wait(100)
  }
  return taken
}

export async function until(holds: () => boolean, waitMs = 20_000): Promise<void> {
  const deadline = Date.now() + waitMs
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('it did not come to be in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const isCaughtUp = (source: EventSource, shard: number) => {
  const lags = source.lag(shard)
  return lags.length > 0 && lags.every(({ position, end }) => end !== null && position >= end)
}

export function describeEventSource(name: string, createLog: () => Promise<EventLog>): void {
  describe(`${name} as an event source`, () => {
    const opened: { close(): Promise<void> }[] = []
    afterEach(async () => {
      for (const thing of opened.splice(0).toReversed()) await thing.close()
    })
    const newLog = async () => {
      const log = await createLog()
      opened.push(log)
      return log
    }
    const openSource = async (log: EventLog, options?: SourceChoices) => {
      const source = await log.open(options)
      opened.push(source)
      return source
    }

    test('records of a topic-partition come in the order of the log, with all their fields', async () => {
      const log = await newLog()
      const headers = { ce_id: 'e-1', ce_type: 'call.queued' }
      await log.append('call-queue', [
        ...numbered(1).map((record) => ({ ...record, headers })),
        ...numbered(2, 0, 1),
      ])
      const source = await openSource(log)
      await source.start(recordingListener())
      const records = await takeRecords(source, 0, 3)
      expect(records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n])
      expect(records.map(({ value }) => textOf(value))).toEqual(['v0', 'v1', 'v2'])
      expect(records[0]).toMatchObject({ topic: 'call-queue', partition: 0, timestampMs: startMs, headers })
      expect(textOf(records[0]?.key)).toBe('k0')
      expect(records[1]?.headers).toEqual({})
    })

    test('a key and a value may be absent', async () => {
      const log = await newLog()
      await log.append('ticket', [{ partition: 1, key: null, value: null, timestampMs: startMs }])
      const source = await openSource(log)
      await source.start(recordingListener())
      expect(await takeRecords(source, 1, 1)).toMatchObject([{ key: null, value: null }])
    })

    test('partition n of every topic is shard n', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(1, 1))
      await log.append('ticket', numbered(1, 1))
      const source = await openSource(log)
      const listener = recordingListener()
      await source.start(listener)
      const records = await takeRecords(source, 1, 2)
      expect(records.map(({ topic }) => topic).toSorted()).toEqual(['call-queue', 'ticket'])
      expect(source.peek(0)).toEqual([])
      expect(source.partitions).toBe(log.partitions)
      expect(listener.assigned.toSorted()).toEqual([...Array(log.partitions).keys()])
    })

    test('peeking takes nothing, and an empty queue gives nothing', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(2))
      const source = await openSource(log)
      await source.start(recordingListener())
      await until(() => source.peek(0).length === 1)
      expect(source.peek(0)).toEqual(source.peek(0))
      expect(source.take(0, 'ticket')).toBeUndefined()
      expect(source.take(0, 'call-queue')?.offset).toBe(0n)
      expect(source.take(0, 'call-queue')?.offset).toBe(1n)
      expect(source.take(0, 'call-queue')).toBeUndefined()
      expect(source.take(99, 'call-queue')).toBeUndefined()
    })

    test('a shard begins at the offsets its state holds, whatever startFrom says', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(10))
      await log.append('ticket', numbered(3))
      const source = await openSource(log, { startFrom: 'earliest' })
      await source.start(recordingListener((shard) => (shard === 0 ? { 'call-queue': 7n, ticket: 3n } : {})))
      expect((await takeRecords(source, 0, 3)).map(({ offset }) => offset)).toEqual([7n, 8n, 9n])
      await until(() => isCaughtUp(source, 0))
      expect(source.peek(0)).toEqual([])
    })

    test('no record flows before the shard has said where it begins', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(5))
      const source = await openSource(log)
      let asked = false
      let answer: (offsets: ShardOffsets) => void = () => {}
      const gate = new Promise<ShardOffsets>((resolve) => {
        answer = resolve
      })
      const onAssigned = (shard: number) => {
        asked ||= shard === 0
        return shard === 0 ? gate : Promise.resolve({})
      }
      const started = source.start({ ...recordingListener(), onAssigned })
      await until(() => asked)
      await source.wait(700)
      expect(source.peek(0)).toEqual([])
      answer({ 'call-queue': 4n })
      await started
      expect((await takeRecords(source, 0, 1)).map(({ offset }) => offset)).toEqual([4n])
    })

    test('startFrom latest leaves out what lies in the log', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(5))
      const source = await openSource(log, { startFrom: 'latest' })
      await source.start(recordingListener())
      await until(() => isCaughtUp(source, 0))
      await log.append('call-queue', numbered(1, 0, 5))
      expect((await takeRecords(source, 0, 1)).map(({ value }) => textOf(value))).toEqual(['v5'])
    })

    test('startFrom a time begins with the first record at it or after it', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(5))
      const source = await openSource(log, { startFrom: { atMs: startMs + 2500 } })
      await source.start(recordingListener())
      expect((await takeRecords(source, 0, 2)).map(({ value }) => textOf(value))).toEqual(['v3', 'v4'])
    })

    test('the lag says the next record to be handed out, the end of the log and how many records wait to be taken', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(3))
      const source = await openSource(log)
      await source.start(recordingListener())
      const lagOf = (topic: Topic) => source.lag(0).find((lag) => lag.topic === topic)
      await until(() => source.peek(0).length === 1 && lagOf('ticket')?.end === 0n)
      expect(lagOf('call-queue')).toMatchObject({ partition: 0, position: 0n, end: 3n, queuedCount: 3 })
      source.take(0, 'call-queue')
      expect(lagOf('call-queue')).toMatchObject({ position: 1n, end: 3n, queuedCount: 2 })
      await takeRecords(source, 0, 2)
      expect(isCaughtUp(source, 0)).toBe(true)
    })

    test('how old an end is it tells: what is appended since is not denied, and soon it is known that nothing was', async () => {
      const log = await newLog()
      const source = await openSource(log)
      await source.start(recordingListener())
      await until(() => isCaughtUp(source, 0))
      for (const topic of ['call-queue', 'ticket'] as const) {
        await log.append(topic, numbered(1))
        const appendedAtMs = source.instantMs()
        const denied = () =>
          source
            .lag(0)
            .filter((lag) => lag.topic === topic && lag.position === 0n && lag.position === lag.end)
            .filter(({ endAtMs }) => endAtMs > appendedAtMs)
        while (source.peek(0).length === 0) {
          expect(denied()).toEqual([])
          await source.wait(20)
        }
        source.take(0, topic)
        const takenAtMs = source.instantMs()
        await until(() => isCaughtUp(source, 0) && source.lag(0).every(({ endAtMs }) => endAtMs > takenAtMs))
      }
    })

    test('far more records than a queue holds all come, in order', async () => {
      const log = await newLog()
      const count = 3000
      await log.append('call-queue', numbered(count))
      await log.append('ticket', numbered(10))
      const source = await openSource(log)
      await source.start(recordingListener())
      const records = await takeRecords(source, 0, count + 10)
      const calls = records.filter(({ topic }) => topic === 'call-queue')
      expect(calls.map(({ offset }) => Number(offset))).toEqual([...Array(count).keys()])
    })

    test('waiting ends when a record arrives, and by itself when none does', async () => {
      const log = await newLog()
      const source = await openSource(log)
      await source.start(recordingListener())
      await until(() => isCaughtUp(source, 0))
      await source.wait(50)
      const began = Date.now()
      await source.wait(150)
      const waitedMs = Date.now() - began
      const arriving = source.wait(15_000)
      await log.append('call-queue', numbered(1))
      await arriving
      await until(() => source.peek(0).length === 1)
      expect(waitedMs).toBeLessThan(1500)
      expect(Date.now() - began).toBeLessThan(10_000)
    })

    test('a shard sought back hands its records out again, once each', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(6))
      await log.append('ticket', numbered(1))
      const source = await openSource(log)
      await source.start(recordingListener())
      await takeRecords(source, 0, 4)
      await source.seek(0, { 'call-queue': 2n, ticket: 1n })
      expect((await takeRecords(source, 0, 4)).map(({ offset }) => offset)).toEqual([2n, 3n, 4n, 5n])
      await until(() => isCaughtUp(source, 0))
      expect(source.peek(0)).toEqual([])
    })

    test('a hint of committed offsets is taken without a wait', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(2))
      const source = await openSource(log)
      await source.start(recordingListener())
      await takeRecords(source, 0, 2)
      await expect(source.hintCommitted(0, { 'call-queue': 2n })).resolves.toBeUndefined()
    })

    test('K16, F11: a stored offset that retention has overtaken stops the source', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(10))
      await log.trim('call-queue', 0, 6n)
      const source = await openSource(log)
      const listener = recordingListener((shard) => (shard === 0 ? { 'call-queue': 2n } : {}))
      await source.start(listener)
      await until(() => listener.fatal.length > 0)
      expect(listener.fatal[0]).toMatchObject({ code: 'kafka-data-loss' })
    })

    test('K16, F11: told to continue, it goes on from the start of the log and says what is lost', async () => {
      const log = await newLog()
      await log.append('call-queue', numbered(10))
      await log.trim('call-queue', 0, 6n)
      const source = await openSource(log, { onDataLoss: 'continue' })
      const listener = recordingListener((shard) => (shard === 0 ? { 'call-queue': 2n, ticket: 5n } : {}))
      await source.start(listener)
      expect((await takeRecords(source, 0, 4)).map(({ offset }) => offset)).toEqual([6n, 7n, 8n, 9n])
      expect(listener.losses).toMatchObject([
        { topic: 'call-queue', partition: 0, expected: 2n, found: 6n },
        { topic: 'ticket', partition: 0, expected: 5n, found: 0n },
      ])
    })

    test('closing twice is safe, and ends a wait', async () => {
      const log = await newLog()
      const source = await openSource(log)
      await source.start(recordingListener())
      await source.wait(50)
      const waiting = source.wait(30_000)
      await Promise.all([source.close(), source.close()])
      await source.close()
      await waiting
      expect(source.peek(0)).toEqual([])
    })
  })
}
