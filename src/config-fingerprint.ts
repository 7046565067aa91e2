import { createHash } from 'node:crypto'
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
  return createHash('sha256').update(canonicalText(deciding)).digest('hex').slice(0, 16)
}

/** What share is to be reached changes no number. */
const untargeted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(untargeted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (name === 'target' ? [] : [[name, untargeted(one)]])),
  )
}

/** Keys sorted, so that the order of a file decides nothing. */
const canonicalText = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
