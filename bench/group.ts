import { type Measured, waitFor } from './processes.ts'
import type { Rig } from './rig.ts'

/** Waits until so many processes share the group and every shard has been committed by its owner. */
export const untilShared = async (rig: Rig, processes: readonly Measured[]): Promise<void> => {
  const admin = rig.log.client.kafka.admin()
  await admin.connect()
  try {
    await waitFor(
      async () => {
        const { groups } = await admin.describeGroups([rig.groupId])
        const group = groups[0]
        return group?.state === 'Stable' && group.members.length === processes.length ? true : undefined
      },
      { timeoutMs: 60_000, of: processes },
    )
  } finally {
    await admin.disconnect()
  }
  await waitFor(async () => ((await rig.progress()).asOfMs > 0 ? true : undefined), {
    timeoutMs: 60_000,
    of: processes,
  })
}

/** Resolves when so many records stand in Redis, or time is up; how many do. */
export const untilCommitted = async (
  rig: Rig,
  processes: readonly Measured[],
  { records, timeoutMs }: { readonly records: number; readonly timeoutMs: number },
): Promise<number> => {
  const endMs = Date.now() + timeoutMs
  return waitFor(
    async () => {
      const progress = await rig.progress()
      if (progress.deadLetters > 0) throw new Error(`${progress.deadLetters} records were refused`)
      return progress.records >= records || Date.now() > endMs ? progress.records : undefined
    },
    { timeoutMs: timeoutMs + 10_000, everyMs: 50, of: processes },
  )
}
