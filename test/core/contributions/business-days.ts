import { createBusinessCalendar } from '../../../src/core/business-hours.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
export const monday = Date.parse('2026-03-02T00:00:00Z')

/** Monday to Friday, from eight to the hour given. */
export const officeUntil = (to: string) =>
  createBusinessCalendar({
    zone: 'UTC',
    week: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to }],
  })
export const office = officeUntil('18:00')
