import { describe, expect, test } from 'vitest'
import { rulesOf } from '../src/config-rules.ts'
import { configSchema } from '../src/config-schema.ts'
import { addBusinessDays } from '../src/core/business-hours.ts'

const read = (config: object) => rulesOf(configSchema.parse(config))
const policiesOf = (serviceLevel: object) => read({ serviceLevel }).rules.policies

describe('service-level policies', () => {
  test('the default is named by its threshold and reported as serviceLevel', () => {
    expect(policiesOf({})[0]).toMatchObject({
      id: 'default-20s',
      metricId: 'serviceLevel',
      thresholdMs: 20_000,
    })
    expect(policiesOf({ default: { thresholdMs: 60_000 } })[0]).toMatchObject({ id: 'default-60s' })
  })

  test('a preset gives its name, and what stands beside it overrides it', () => {
    const [policy] = policiesOf({ default: { preset: 'answered-only', thresholdMs: 30_000 } })
    expect(policy).toMatchObject({ id: 'answered-only', thresholdMs: 30_000, abandoned: 'ignore' })
  })

  test('further policies stand beside the default under their own names', () => {
    const [, chat] = policiesOf({ policies: { chat: { thresholdMs: 60_000 } } })
    expect(chat).toMatchObject({ id: 'chat', metricId: 'serviceLevel.chat', thresholdMs: 60_000 })
  })

  test('overrides are read beside the default and within it', () => {
    const inner = { queueId: 'sales', thresholdMs: 5_000 }
    const outer = { queueId: 'billing', thresholdMs: 60_000 }
    const [policy] = policiesOf({ default: { per: [inner] }, per: [outer] })
    expect(policy?.per).toEqual([inner, outer])
  })

  test('a short abandon that is longer than the threshold is a mistake, told with its path', () => {
    const { mistakes } = read({ serviceLevel: { policies: { odd: { shortAbandonMs: 30_000 } } } })
    expect(mistakes).toEqual([
      'serviceLevel.policies.odd.shortAbandonMs: must not be above thresholdMs (20000)',
    ])
  })

  test('… be the threshold that of one queue alone', () => {
    const per = [{ queueId: 'fast', thresholdMs: 5_000 }]
    const { mistakes } = read({ serviceLevel: { default: { shortAbandonMs: 10_000 }, per } })
    expect(mistakes).toEqual(['serviceLevel.default.shortAbandonMs: must not be above thresholdMs (5000)'])
  })

  test('a subject that expires before a visit within it does is a mistake: its visit would end in no count', () => {
    const { mistakes } = read({ time: { openSubjectExpiryMs: 3_600_000 } })
    expect(mistakes).toEqual(['time.openSubjectExpiryMs: must not be below visitExpiryMs (14400000)'])
  })

  test('business days are those of the zone where no hours are configured', () => {
    const { rules } = rulesOf(configSchema.parse({ time: { zone: 'Europe/Copenhagen' } }))
    // Received on Tuesday 3 March at 00:30 there: the third business day ends with Friday.
    const dueMs = addBusinessDays(rules.businessDays, Date.parse('2026-03-02T23:30:00Z'), 3)
    expect(new Date(dueMs ?? 0).toISOString()).toBe('2026-03-06T23:00:00.000Z')
  })
})

describe('calendars', () => {
  const office = { week: [{ days: ['mon'], from: '08:00', to: '16:00' }] }

  test('the only calendar is that of the business hours; of two one must be named', () => {
    expect(read({ time: { calendars: { office } } }).rules.calendar).toBeDefined()
    const two = { office, night: office }
    expect(read({ time: { calendars: two } }).rules.calendar).toBeUndefined()
    expect(read({ time: { calendars: two, businessCalendar: 'night' } }).rules.calendar).toBeDefined()
  })

  test('a calendar that is not there is a mistake, told with its path', () => {
    const { mistakes } = read({
      time: { businessCalendar: 'office' },
      targets: { resolution: [{ withinMs: 1_000, calendar: 'night' }] },
    })
    expect(mistakes).toEqual([
      'time.businessCalendar: time.calendars has no office',
      'targets.resolution.0.calendar: time.calendars has no night',
    ])
  })
})
