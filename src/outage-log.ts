/** A logger of the shape pino has. */
export type Log = {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export type OutagePart = 'redis' | 'kafka' | 'registry' | 'publishing'

/** One line when an outage begins and one when it ends, however often it is met. */
export type OutageLog = {
  begin(part: OutagePart, error: unknown): void
  end(part: OutagePart): void
  current(): readonly OutagePart[]
}

export const createOutageLog = (log: Log, now: () => number): OutageLog => {
  const since = new Map<OutagePart, number>()
  return {
    begin: (part, error) => {
      if (since.has(part)) return
      since.set(part, now())
      log.error({ part, reason: error instanceof Error ? error.message : String(error) }, 'outage began')
    },
    end: (part) => {
      const beganMs = since.get(part)
      if (beganMs === undefined) return
      since.delete(part)
      log.info({ part, durationMs: now() - beganMs }, 'outage ended')
    },
    current: () => [...since.keys()],
  }
}
