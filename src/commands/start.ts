import type { Service } from '../service.ts'

export type Wall = { readonly url: string; close(): Promise<void> }

/** A service that is connected and ready to run, with the wall beside it. */
export type Running = {
  readonly service: Service
  readonly wall: Wall
  close(): Promise<void>
}

export type RunIo = {
  readonly print: (line: string) => void
  /** Resolves at the first signal to stop. */
  readonly stopped: Promise<string>
}

/** Past this the process ends whatever is still open. */
const drainMs = 5_000

/** Runs until told to stop or until it cannot go on; returns the exit code. */
export const runUntilStopped = async (running: Running, { print, stopped }: RunIo): Promise<number> => {
  const failed = running.service.run().then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const end = await Promise.race([stopped.then(() => undefined), failed])
  const timer = setTimeout(() => process.exit(end ? 1 : 0), drainMs)
  await running.wall.close()
  await running.close()
  clearTimeout(timer)
  if (!end) {
    print('stopped')
    return 0
  }
  throw end.error
}
