import type { Meter, SnapshotRecord, SnapshotSink, StateStore } from './ports.ts'

/** The same store; how long commits take and how they end is told to the meter. */
export const measureStore = (store: StateStore, meter: Meter): StateStore => ({
  ...store,
  commit: async (shard, commit) => {
    const end = meter.startCommit()
    try {
      const outcome = await store.commit(shard, commit)
      end(outcome)
      return outcome
    } catch (error) {
      end('failed')
      throw error
    }
  },
})

/** The same sink; what was published is told to the meter. */
export const measureSink = (sink: SnapshotSink, meter: Meter): SnapshotSink => {
  const measure =
    (publish: (records: readonly SnapshotRecord[]) => Promise<void>) =>
    async (records: readonly SnapshotRecord[]): Promise<void> => {
      const end = meter.startPublish()
      try {
        await publish(records)
        end(records.length)
      } catch (error) {
        end('failed')
        throw error
      }
    }
  return { ...sink, publish: measure(sink.publish), publishClosed: measure(sink.publishClosed) }
}
