import type { Config } from './config-schema.ts'
import { createProbes, type Probes } from './health/probes.ts'

export type Health = Probes & {
  /** Rejects with the first of what the process cannot go on with. */
  readonly failed: Promise<never>
  readonly fail: (error: unknown) => void
}

/** Probes, metrics and the watchdog of one process. */
export const openHealth = ({ limits, time }: Config, buildId: string): Health => {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  // Whoever runs the service hears of it; before that there is nobody.
  failed.catch(() => undefined)
  const probes = createProbes({
    buildId,
    limits: {
      turnMs: limits.turnMs,
      noProgressMs: limits.noProgressMs,
      readyLagMs: time.source === 'clock' ? limits.readyLagMs : null,
    },
    now: () => performance.now(),
  })
  return { ...probes, failed, fail }
}
