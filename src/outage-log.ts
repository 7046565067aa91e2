import type { FloorwatchError } from './errors.ts'
import type { OutageStatus } from './ports.ts'

/** A logger of the shape pino has. */
export type Log = {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const outageParts = ['kafka', 'redis', 'registry', 'publishing'] as const
export type OutagePart = (typeof outageParts)[number]

/** One line when an outage begins and one when it ends, however often it is met. */
export type OutageLog = {
  begin(part: OutagePart, error: unknown): void
  end(part: OutagePart): void
  current(): readonly OutagePart[]
  status(): readonly OutageStatus[]
}

type Met = { count: number; sinceMs: number | null; metAtMs: number | null; reason: string | null }

export const createOutageLog = (log: Log, now: () => number): OutageLog => {
  const met = new Map<OutagePart, Met>(
    outageParts.map((part) => [part, { count: 0, sinceMs: null, metAtMs: null, reason: null }]),
  )
  const metOf = (part: OutagePart): Met => met.get(part) as Met
  return {
    begin: (part, error) => {
      const one = metOf(part)
      one.metAtMs = now()
      if (one.sinceMs !== null) return
      const reason = error instanceof Error ? error.message : String(error)
      Object.assign(one, { count: one.count + 1, sinceMs: one.metAtMs, reason })
      log.error({ part, reason }, 'outage began')
    },
    end: (part) => {
      const one = metOf(part)
      if (one.sinceMs === null) return
      log.info({ part, durationMs: now() - one.sinceMs }, 'outage ended')
      Object.assign(one, { sinceMs: null, reason: null })
    },
    current: () => outageParts.filter((part) => metOf(part).sinceMs !== null),
    status: () => [...met].map(([part, one]) => ({ part, ...one })),
  }
}

/** What is out, by the error that says so. */
export const partOf = ({ code }: FloorwatchError): OutagePart => {
  if (code === 'registry-unavailable') return 'registry'
  return code === 'kafka-unavailable' ? 'kafka' : 'redis'
}
