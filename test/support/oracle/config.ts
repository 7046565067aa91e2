export type Verdict = 'miss' | 'hit' | 'ignore'

export type OraclePolicy = {
  readonly id: string
  readonly thresholdMs: number
  readonly boundary: 'inclusive' | 'exclusive'
  readonly clock: 'visit' | 'call'
  readonly abandoned: Verdict
  readonly diverted: Verdict
  readonly stillWaiting: 'miss' | 'ignore'
  readonly shortAbandonMs?: number
  readonly target?: number
  /** The first row whose words all fit the visit holds. */
  readonly per: readonly {
    readonly queueId?: string
    readonly channel?: string
    readonly thresholdMs?: number
    readonly target?: number
  }[]
}

/** Opening hours; times of day as `08:00`, dates as `2026-12-24`. */
export type OfficeHours = {
  readonly zone: string
  readonly week: OfficeWeek
  readonly holidays?: readonly string[]
  /** Each holds from its date on; before the first of them `week` does. */
  readonly versions?: readonly { readonly from: string; readonly week: OfficeWeek }[]
}
export type OfficeWeek = readonly {
  readonly days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[]
  readonly from: string
  readonly to: string
}[]

export type Target = {
  readonly priority?: string
  readonly channel?: string
  readonly withinMs: number
  readonly calendar?: OfficeHours
}

export type OracleConfig = {
  readonly serviceLevel: OraclePolicy
  /** Further policies, reported as `serviceLevel.<id>`. */
  readonly policies: readonly OraclePolicy[]
  readonly targets: {
    readonly firstResponse: readonly Target[]
    readonly nextReply: readonly Target[]
    readonly resolution: readonly Target[]
    readonly atRiskMs: number
  }
  /** Statuses in which the clock of `resolutionWithinTarget` runs. */
  readonly resolutionClockRuns: readonly string[]
  /** The hours of the metrics named …Business; undefined: not configured. */
  readonly calendar?: OfficeHours
  readonly zone: string
  readonly dayStartsAt?: string
  readonly visitExpiryMs: number
  readonly wrapExpected: boolean
  readonly wrapExpiryMs: number
  readonly endedCallExpiryMs: number
  readonly endedTicketExpiryMs: number
  readonly openSubjectExpiryMs: number
  readonly fcrWindowMs: number
  readonly complaintsFrom: 'creation' | 'escalation'
  /** A csat answer is positive from this share of its scale on. */
  readonly csatPositive: { readonly numerator: number; readonly denominator: number }
  /** How long after a window's end a metric stays provisional; a metric not named is never so. */
  readonly settlesAfterMs: Readonly<Record<string, number>>
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const defaultOraclePolicy: OraclePolicy = {
  id: 'default-20s',
  thresholdMs: 20_000,
  boundary: 'inclusive',
  clock: 'visit',
  abandoned: 'miss',
  diverted: 'miss',
  stillWaiting: 'miss',
  per: [],
}

export const oraclePresets = {
  'all-offered': {},
  'answered-only': { abandoned: 'ignore', diverted: 'ignore', stillWaiting: 'ignore' },
  'without-short-abandons': { shortAbandonMs: 20_000, diverted: 'ignore', stillWaiting: 'ignore' },
  'abandons-as-hits': { abandoned: 'hit', diverted: 'ignore' },
  'removed-from-queue': { abandoned: 'hit', diverted: 'hit', stillWaiting: 'ignore' },
} as const satisfies Readonly<Record<string, Partial<OraclePolicy>>>

export const defaultOracleConfig: OracleConfig = {
  serviceLevel: defaultOraclePolicy,
  policies: [],
  targets: { firstResponse: [], nextReply: [], resolution: [], atRiskMs: hourMs },
  resolutionClockRuns: ['new', 'open'],
  zone: 'UTC',
  visitExpiryMs: 4 * hourMs,
  wrapExpected: false,
  wrapExpiryMs: 10 * 60_000,
  endedCallExpiryMs: 48 * hourMs,
  endedTicketExpiryMs: 40 * dayMs,
  openSubjectExpiryMs: 400 * dayMs,
  fcrWindowMs: 7 * dayMs,
  complaintsFrom: 'creation',
  csatPositive: { numerator: 2, denominator: 3 },
  settlesAfterMs: {
    firstContactResolution: 7 * dayMs,
    surveyResponseRate: 30 * dayMs,
  },
}

/** A preset by name, under that name, with what else is given. */
export const presetPolicy = (
  preset: keyof typeof oraclePresets,
  more: Partial<OraclePolicy> = {},
): OraclePolicy => ({ ...defaultOraclePolicy, id: preset, ...oraclePresets[preset], ...more })
