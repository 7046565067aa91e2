import { canonicalJson, digestOf } from './canonical-json.ts'
import type { Config } from './config-schema.ts'

/** Raised when a version of the code lets the same events contribute otherwise. */
const countingVersion = 1

/**
 * Of what decides the numbers, 16 hex digits: rules, targets, calendars, expiries. Not what is published, how it is labelled,
 * which policies are compared with a target, or the grouping sets, which are followed one by one.
 */
export const fingerprintOf = ({ time, serviceLevel, targets, surveys, complaints, fcr }: Config): string => {
  const { calendars, businessCalendar, visitExpiryMs, wrapExpected, wrapExpiryMs } = time
  const { endedCallExpiryMs, endedTicketExpiryMs, openSubjectExpiryMs } = time
  const deciding = {
    countingVersion,
    hours: { calendars, businessCalendar },
    expiry: { visitExpiryMs, wrapExpiryMs, endedCallExpiryMs, endedTicketExpiryMs, openSubjectExpiryMs },
    wrapExpected,
    ...{ serviceLevel: untargeted(serviceLevel), targets, surveys, complaints, fcr },
  }
  return digestOf(canonicalJson(deciding))
}

/** What share is to be reached changes no number. */
const untargeted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(untargeted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (name === 'target' ? [] : [[name, untargeted(one)]])),
  )
}
