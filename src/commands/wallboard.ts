import type { SnapshotSource } from '../ports.ts'
import type { Wall } from './start.ts'

export type WallboardIo = {
  /** Resolves at the first signal to stop. */
  readonly stopped: Promise<string>
  /** `fail` ends the command with that error. */
  readonly openSnapshots: (fail: (error: Error) => void) => Promise<SnapshotSource>
  readonly openWall: (snapshots: SnapshotSource) => Promise<Wall>
  readonly print: (line: string) => void
  /** Ends the process at once. */
  readonly exit: (code: number) => void
  readonly metricsTopic: string
}

/** Shows the wall until told to stop; throws when its snapshots can be read no more, so that whoever supervises begins anew. */
export const showWallboard = async (io: WallboardIo): Promise<void> => {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const snapshots = await Promise.race([io.openSnapshots(reject), failed, io.stopped])
  // A broker that does not answer may be long about it, and nothing is shown yet.
  if (typeof snapshots === 'string') {
    io.print('stopped')
    return io.exit(0)
  }
  try {
    const wall = await io.openWall(snapshots)
    io.print(`Floorwatch shows ${io.metricsTopic}`)
    io.print(`  wallboard  ${wall.url}`)
    io.print('Ctrl-C ends it.')
    try {
      await Promise.race([io.stopped, failed])
    } finally {
      await wall.close()
    }
  } finally {
    await snapshots.close()
  }
  io.print('stopped')
}
