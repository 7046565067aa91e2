import type { Service } from '../service.ts'

export type Wall = { readonly url: string; close(): Promise<void> }

/** A service that is connected and ready to run, with the wall beside it. */
export type Running = {
  readonly service: Pick<Service, 'run' | 'stop'>
  readonly wall: Wall
  /** Rejects with what else the process cannot go on with: its watchdog, the reader of its wall. */
  readonly failed: Promise<never>
  close(): Promise<void>
}

export type RunIo = {
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
  /** Resolves at the first signal to stop. */
  readonly stopped: Promise<string>
  /** Ends the process at once. */
  readonly exit: (code: number) => void
}

/** Past this the process ends whatever is still open. */
const drainMs = 5_000
/** All is closed: what still keeps the process alive after this is forgotten, not needed. */
const lingerMs = 1_000

type Failure = { readonly error: unknown }

/**
 * Runs until told to stop or until it cannot go on; returns the exit code. The round under way is finished, the group left and all
 * closed within 5 s, while the wall goes on saying that it drains; what hangs longer ends with exit code 1.
 */
export const runUntilStopped = async (running: Running, io: RunIo): Promise<number> => {
  const working: Promise<void> = Promise.race([running.service.run(), running.failed])
  const failure = await Promise.race<Failure | undefined>([
    io.stopped.then(() => undefined),
    working.then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
  ])
  const timer = setTimeout(() => endUnclosed(io, failure), drainMs)
  await running.close()
  await running.wall.close()
  clearTimeout(timer)
  setTimeout(() => io.exit(failure ? 1 : 0), lingerMs).unref()
  if (failure) throw failure.error
  io.print('stopped')
  return 0
}

const endUnclosed = ({ complain, exit }: RunIo, failure: Failure | undefined): void => {
  if (failure)
    complain(`floorwatch: ${failure.error instanceof Error ? failure.error.message : String(failure.error)}`)
  complain(`floorwatch: not all could be closed within ${drainMs / 1000} s: ends at once`)
  exit(1)
}
