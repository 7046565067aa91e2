import type { Meter, SnapshotSink, StateStore } from './ports.ts'

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
  const measure = async (count: number, publishing: () => Promise<void>): Promise<void> => {
    const end = meter.startPublish()
    try {
      await publishing()
      end(count)
    } catch (error) {
      end('failed')
      throw error
    }
  }
  return {
    ...sink,
    publish: (records, lane) => measure(records.length, () => sink.publish(records, lane)),
    publishClosed: (records) => measure(records.length, () => sink.publishClosed(records)),
  }
}
