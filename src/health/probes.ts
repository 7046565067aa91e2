import type { ServiceStatus } from '../ports.ts'
import { describeHealth } from './health-page.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import { judgeLiveness, judgeReadiness } from './verdicts.ts'
import { createWatchdog, type WatchdogLimits } from './watchdog.ts'

export type ProbesOptions = {
  readonly buildId: string
  readonly limits: WatchdogLimits & { readonly readyLagMs: number | null }
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

/** An answer of one address of the http server. */
export type ProbeAnswer = { readonly status: number; readonly type: string; readonly body: string }

/** What probes, people and Prometheus are told, by path; and the watchdog that ends what makes no progress. */
export type Probes = {
  readonly meter: Instruments['meter']
  readonly answers: Readonly<Record<'/livez' | '/readyz' | '/healthz' | '/metrics', ProbeGiver>>
  /** From here on it is this service's status that is told, and watched: what is wrong with it goes to `fail`, once. */
  watch(status: () => ServiceStatus, fail: (error: unknown) => void): void
  close(): Promise<void>
}

/** `beside`: what the server knows of itself, for the page for people. */
export type ProbeGiver = (beside: object) => Promise<ProbeAnswer>

const checkEveryMs = 1_000

export const createProbes = (options: ProbesOptions): Probes => {
  const { buildId, limits, now } = options
  const startedMs = now()
  const instruments = createInstruments({ buildId, now })
  let readStatus: (() => ServiceStatus) | undefined
  let timer: NodeJS.Timeout | undefined
  const liveness = () => judgeLiveness(instruments.turnAgeMs(), limits.turnMs)
  const readiness = () => judgeReadiness(readStatus?.(), limits)
  return {
    meter: instruments.meter,
    answers: {
      '/livez': async () => toProbe(liveness()),
      '/readyz': async () => toProbe(readiness()),
      '/healthz': async (beside) => {
        const facts = {
          status: readStatus?.(),
          liveness: liveness(),
          readiness: readiness(),
          buildId,
          uptimeMs: now() - startedMs,
          publishAgeMs: instruments.publishAgeMs(),
          turnAgeMs: instruments.turnAgeMs(),
        }
        return toJson(200, { ...describeHealth(facts), wallboard: beside })
      },
      '/metrics': async () => ({
        status: 200,
        type: instruments.contentType,
        body: await instruments.print({ status: readStatus?.(), isReady: readiness().isGood }),
      }),
    },
    watch: (status, fail) => {
      readStatus = status
      instruments.meter.noteTurn()
      const watchdog = createWatchdog({ status, turnAgeMs: instruments.turnAgeMs, limits, now })
      timer = setInterval(() => {
        try {
          watchdog.check()
        } catch (error) {
          clearInterval(timer)
          fail(error)
        }
      }, checkEveryMs)
    },
    close: async () => clearInterval(timer),
  }
}

const toProbe = ({ isGood, reasons }: { readonly isGood: boolean; readonly reasons: readonly string[] }) =>
  toJson(isGood ? 200 : 503, isGood ? { status: 'ok' } : { status: 'unavailable', reasons })

const toJson = (status: number, body: object): ProbeAnswer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(body)}\n`,
})
