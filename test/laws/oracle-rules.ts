import { type BusinessCalendar, createBusinessCalendar, weekdaysIn } from '../../src/core/business-hours.ts'
import type { ResponseTarget, Rules, ServiceLevelPolicy } from '../../src/core/rules.ts'
import type { OfficeHours, OracleConfig, OraclePolicy, Target } from '../support/oracle/config.ts'

/** The engine's rules that say the same as the oracle's configuration. */
export const rulesOf = (config: OracleConfig): Rules => {
  const { calendar, targets } = config
  return {
    policies: [config.serviceLevel, ...config.policies].map(policyOf),
    targets: {
      firstResponse: targets.firstResponse.map(targetOf),
      nextReply: targets.nextReply.map(targetOf),
      resolution: targets.resolution.map(targetOf),
    },
    atRiskMs: targets.atRiskMs,
    ...(calendar ? { calendar: calendarOf(calendar) } : {}),
    businessDays: calendar ? calendarOf(calendar) : weekdaysIn(config.zone),
    visitExpiryMs: config.visitExpiryMs,
    wrapExpected: config.wrapExpected,
    wrapExpiryMs: config.wrapExpiryMs,
    endedCallExpiryMs: config.endedCallExpiryMs,
    endedTicketExpiryMs: config.endedTicketExpiryMs,
    openSubjectExpiryMs: config.openSubjectExpiryMs,
    fcrWindowMs: config.fcrWindowMs,
    complaintsFrom: config.complaintsFrom,
    csatPositive: config.csatPositive,
  }
}

const policyOf = (policy: OraclePolicy, index: number): ServiceLevelPolicy => ({
  ...policy,
  metricId: index === 0 ? 'serviceLevel' : `serviceLevel.${policy.id}`,
})

const targetOf = ({ calendar, ...target }: Target): ResponseTarget => ({
  ...target,
  ...(calendar ? { calendar: calendarOf(calendar) } : {}),
})

const calendars = new Map<string, BusinessCalendar>()

const calendarOf = (hours: OfficeHours): BusinessCalendar => {
  const key = JSON.stringify(hours)
  const calendar = calendars.get(key) ?? makeCalendar(hours)
  calendars.set(key, calendar)
  return calendar
}

const makeCalendar = ({ zone, week, holidays = [], versions = [] }: OfficeHours): BusinessCalendar =>
  createBusinessCalendar({
    zone,
    week: spansOf(week),
    holidays: [...holidays],
    versions: versions.map((version) => ({ from: version.from, week: spansOf(version.week) })),
  })

const spansOf = (week: OfficeHours['week']) => week.map((span) => ({ ...span, days: [...span.days] }))
