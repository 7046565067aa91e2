import { describe, expect, test } from 'vitest'
import { defaultRules } from '../src/core/rules.ts'
import { office, officeUntil } from './core/contributions/business-days.ts'
import { ask, askSnapshot, at, day, hour, minute, says, second, startMs } from './support/ask.ts'

const created = at('ticket.created', 0)
/** Since so long after the start, as snapshots write it. */
const since = (afterMs: number) => new Date(startMs + afterMs).toISOString()

describe('firstResponseTime', () => {
  test('null until answered', () => {
    const asked = [created, says('customer', second)]
    expect(ask(asked).firstResponseTime).toEqual({ value: null, unit: 'ms', n: 0, reason: 'no-data' })
    expect(ask([...asked, says('agent', minute)]).firstResponseTime).toMatchObject({ value: minute, n: 1 })
  })

  test('filed at that message: in the window of the reply, not of the creation', () => {
    const events = [created, says('agent', 20 * minute)]
    const inWindowOf = (containingMs: number) =>
      ask(events, { window: 'interval-15m', containingMs }).firstResponseTime?.n
    expect([inWindowOf(0), inWindowOf(20 * minute)]).toEqual([0, 1])
  })

  test('clock start is the latest before that message of creation and hand-off from a bot', () => {
    const handedOff = (...seconds: readonly number[]) => [
      created,
      ...seconds.map((afterS) => at('ticket.handed_off', afterS * second)),
      says('agent', 62 * second),
    ]
    expect(ask(handedOff(20, 30)).firstResponseTime?.value).toBe(32 * second)
    expect(ask(handedOff(20, 90)).firstResponseTime?.value).toBe(42 * second)
  })

  test('an agent-opened ticket whose first message is the agent’s starts at the customer’s first message', () => {
    const opened = at('ticket.created', 0, { openedBy: 'agent' })
    const outreach = [opened, says('agent', second), says('agent', minute)]
    expect(ask(outreach).firstResponseTime?.n).toBe(0)
    const answered = [...outreach, says('customer', hour), says('agent', hour + 5 * minute)]
    expect(ask(answered).firstResponseTime).toMatchObject({ value: 5 * minute, n: 1 })
    const asked = [opened, says('customer', minute), says('agent', 3 * minute)]
    expect(ask(asked).firstResponseTime).toMatchObject({ value: 3 * minute, n: 1 })
  })

  test('the first cycle only: after a reopening replies file responseTime', () => {
    const events = [
      created,
      at('ticket.resolved', minute),
      at('ticket.reopened', hour),
      says('customer', hour),
      says('agent', hour + minute),
    ]
    expect(ask(events).firstResponseTime?.n).toBe(0)
    expect(ask(events).responseTime).toMatchObject({ value: minute, n: 1 })
  })

  test('bot and private messages do not count, firstResponseTimeAny counts bots', () => {
    const events = [
      created,
      says('agent', 5 * second, { public: false }),
      says('bot', 10 * second),
      says('agent', 30 * second),
    ]
    expect(ask(events).firstResponseTime).toMatchObject({ value: 30 * second, n: 1 })
    expect(ask(events).firstResponseTimeAny).toMatchObject({ value: 10 * second, n: 1 })
  })
})

describe('responseTime', () => {
  test('a burst of customer messages is one turn: each human reply less the first message not yet answered', () => {
    const events = [
      created,
      says('customer', 0),
      says('customer', 30 * second),
      says('customer', 50 * second),
      says('agent', minute),
      says('agent', 70 * second),
    ]
    expect(ask(events).responseTime).toMatchObject({ value: minute, n: 1 })
  })

  test('the mean is over turns, never a mean of conversation means', () => {
    const turns = (ticketId: string, count: number, waitMs: number) =>
      Array.from({ length: count }, (_, index) => [
        says('customer', index * hour, { ticketId }),
        says('agent', index * hour + waitMs, { ticketId }),
      ]).flat()
    const events = [...turns('quick', 3, 10 * second), ...turns('slow', 1, 50 * second)]
    expect(ask(events).responseTime).toMatchObject({ value: 20 * second, n: 4 })
  })

  test('bots never end a turn, nor do private messages', () => {
    const events = [
      created,
      says('customer', 0),
      says('bot', second),
      says('agent', 2 * second, { public: false }),
      says('agent', minute),
    ]
    expect(ask(events).responseTime).toMatchObject({ value: minute, n: 1 })
  })
})

describe('in business hours', () => {
  const rules = { ...defaultRules, calendar: office }
  const fridayEvening = 4 * day + 7.5 * hour
  const mondayMorning = 6 * day + 22.5 * hour
  const overTheWeekend = [
    at('ticket.created', fridayEvening),
    says('customer', fridayEvening),
    says('agent', mondayMorning),
    at('ticket.resolved', mondayMorning + hour),
  ]
  const after = { afterMs: 10 * day }

  test.each([
    ['firstResponseTimeBusiness', hour],
    ['responseTimeBusiness', hour],
    ['resolutionTimeBusiness', 2 * hour],
  ])('%s is the same in business hours: from Friday 17:30 to Monday 08:30 an hour', (id, value) => {
    expect(ask(overTheWeekend, { ...after, rules })[id]).toMatchObject({ value, n: 1 })
  })

  test.each(['firstResponseTimeBusiness', 'responseTimeBusiness', 'resolutionTimeBusiness'])(
    '%s is null where no calendar exists',
    (id) => {
      expect(ask(overTheWeekend, after)[id]).toMatchObject({ value: null, reason: 'not-configured' })
    },
  )

  test.each(['firstResponseTimeBusiness', 'responseTimeBusiness', 'resolutionTimeBusiness'])(
    '%s of a ticket created Saturday 10:00, answered and resolved Saturday 11:00 is a real zero, n = 1',
    (id) => {
      const saturday = 5 * day
      const events = [
        at('ticket.created', saturday),
        says('customer', saturday),
        says('agent', saturday + hour),
        at('ticket.resolved', saturday + hour),
      ]
      expect(ask(events, { ...after, rules })[id]).toMatchObject({ value: 0, n: 1, max: 0 })
    },
  )

  test('Mon–Fri, 8 h a day, Sunday 00:00 to Saturday 23:59 is 144,000 s', () => {
    const sunday = 5 * day + 14 * hour
    const events = [at('ticket.created', sunday), at('ticket.resolved', sunday + 7 * day - minute)]
    const asked = { rules: { ...defaultRules, calendar: officeUntil('16:00') }, afterMs: 20 * day }
    expect(ask(events, asked).resolutionTimeBusiness?.value).toBe(144_000_000)
  })
})

describe('unansweredNow', () => {
  const asked = [
    at('ticket.created', 0, { ticketId: 'later', openedBy: 'agent' }),
    says('customer', 10 * minute, { ticketId: 'later' }),
    at('ticket.created', 5 * minute, { ticketId: 'first' }),
    says('customer', 20 * minute, { ticketId: 'first' }),
    at('ticket.created', minute, { ticketId: 'answered' }),
    says('agent', 2 * minute, { ticketId: 'answered' }),
  ]

  test('with oldest and worst ids', () => {
    const { metrics, worst } = askSnapshot(asked, { window: 'now', afterMs: hour })
    expect(metrics.unansweredNow).toEqual({ value: 2, unit: 'count', n: 2, sinceAt: since(5 * minute) })
    expect(worst.unanswered).toEqual([
      { id: 'first', sinceAt: since(5 * minute) },
      { id: 'later', sinceAt: since(10 * minute) },
    ])
  })

  test('a customer-opened creation without a message counts, an agent’s and a bot’s do not', () => {
    const openedBy = (who: string) =>
      ask([at('ticket.created', 0, { openedBy: who })], { window: 'now' }).unansweredNow?.value
    expect([openedBy('customer'), openedBy('agent'), openedBy('bot')]).toEqual([1, 0, 0])
  })

  test('only a human public message answers', () => {
    const unanswered = (author: string, own = {}) =>
      ask([created, says(author, minute, own)], { window: 'now' }).unansweredNow?.value
    expect(unanswered('agent')).toBe(0)
    expect([unanswered('bot'), unanswered('system'), unanswered('agent', { public: false })]).toEqual([
      1, 1, 1,
    ])
  })
})
