import { describe, expect, test } from 'vitest'
import { defaultRules, type ResponseTarget, type Rules, type TargetKind } from '../src/core/rules.ts'
import { ask, askSnapshot, at, hour, minute, type Own, says, second, startMs } from './support/ask.ts'

const promising = (kind: TargetKind, ...rows: readonly ResponseTarget[]): Rules => ({
  ...defaultRules,
  targets: { ...defaultRules.targets, [kind]: rows },
})
const withinAnHour: ResponseTarget = { withinMs: hour }
const created = at('ticket.created', 0)
const status = (to: string, afterMs: number) => at('ticket.status_changed', afterMs, { status: to })
/** Since so long after the start, as snapshots write it. */
const since = (afterMs: number) => new Date(startMs + afterMs).toISOString()

describe('firstResponseWithinTarget', () => {
  test('filed at the reply in time, or at the due instant', () => {
    const rules = promising('firstResponse', { withinMs: 20 * minute })
    const inWindowOf = (repliedMs: number, containingMs: number) => {
      const events = [created, says('agent', repliedMs)]
      const metric = ask(events, { rules, window: 'interval-15m', containingMs }).firstResponseWithinTarget
      return [metric?.numerator, metric?.denominator]
    }
    expect(inWindowOf(10 * minute, 0)).toEqual([1, 1])
    expect(inWindowOf(40 * minute, 15 * minute)).toEqual([0, 1])
    expect(inWindowOf(40 * minute, 30 * minute)).toEqual([undefined, undefined])
  })

  test('target by priority, channel: a chat, an urgent e-mail and any other have their own', () => {
    const rules = promising(
      'firstResponse',
      { withinMs: 4 * hour },
      { channel: 'chat', withinMs: minute },
      { priority: 'urgent', withinMs: hour },
      { priority: 'urgent', channel: 'chat', withinMs: 10 * second },
    )
    const verdict = (repliedMs: number, own: Own) =>
      ask([at('ticket.created', 0, own), says('agent', repliedMs)], { rules }).firstResponseWithinTarget
        ?.value
    expect(verdict(minute, { channel: 'chat' })).toBe(1)
    expect(verdict(minute + 1, { channel: 'chat' })).toBe(0)
    expect(verdict(minute, { channel: 'chat', priority: 'urgent' })).toBe(0)
    expect(verdict(hour, { channel: 'email', priority: 'urgent' })).toBe(1)
    expect(verdict(hour + 1, { channel: 'email', priority: 'urgent' })).toBe(0)
    expect(verdict(4 * hour, { channel: 'email' })).toBe(1)
  })

  test('a ticket that no target fits is promised nothing', () => {
    const rules = promising('firstResponse', { channel: 'chat', withinMs: minute })
    const metric = ask([created, says('agent', hour)], { rules }).firstResponseWithinTarget
    expect(metric).toMatchObject({ value: null, reason: 'no-data' })
  })

  test('changed priority: judged anew, a due instant already past is a breach at the change', () => {
    const rules = promising('firstResponse', { withinMs: 4 * hour }, { priority: 'urgent', withinMs: hour })
    const changed = (changedMs: number) => [
      created,
      at('ticket.updated', changedMs, { priority: 'urgent' }),
      says('agent', 3.5 * hour),
    ]
    const inHourOf = (changedMs: number, containingMs: number) =>
      ask(changed(changedMs), { rules, window: 'hour', containingMs }).firstResponseWithinTarget?.denominator
    expect(inHourOf(minute, hour)).toBe(1)
    expect(inHourOf(2.5 * hour, hour)).toBeUndefined()
    expect(inHourOf(2.5 * hour, 2.5 * hour)).toBe(1)
    expect(ask(changed(2.5 * hour), { rules }).firstResponseWithinTarget).toMatchObject({
      numerator: 0,
      denominator: 1,
    })
  })
})

describe('nextReplyWithinTarget', () => {
  test('each turn after a human reply is judged by itself; a breach counts once, the late answer adds nothing', () => {
    const events = [
      created,
      says('agent', 10 * hour),
      says('customer', 11 * hour),
      says('agent', 11.5 * hour),
      says('customer', 12 * hour),
      says('bot', 12 * hour + second),
      says('customer', 12.5 * hour),
      says('agent', 14 * hour),
    ]
    const rules = promising('nextReply', withinAnHour)
    expect(ask(events, { rules }).nextReplyWithinTarget).toMatchObject({ numerator: 1, denominator: 2 })
    const ofBreach = { rules, window: 'hour', containingMs: 13 * hour }
    expect(ask(events, ofBreach).nextReplyWithinTarget).toMatchObject({ numerator: 0, denominator: 1 })
  })
})

describe('resolutionWithinTarget', () => {
  const rules = promising('resolution', withinAnHour)
  const verdict = (...events: Parameters<typeof ask>[0]) =>
    ask(events, { rules }).resolutionWithinTarget?.value

  test('resolved up to and at the due instant is in time', () => {
    expect(verdict(created, at('ticket.resolved', hour))).toBe(1)
    expect(verdict(created, at('ticket.resolved', hour + 1))).toBe(0)
  })

  test.each(['pending', 'on-hold'])('%s stops the resolution clock', (stopped) => {
    const paused = [created, status(stopped, 30 * minute), status('open', 10 * hour)]
    expect(verdict(...paused.slice(0, 2))).toBeNull()
    expect(verdict(...paused, at('ticket.resolved', 10.5 * hour))).toBe(1)
    expect(verdict(...paused, at('ticket.resolved', 10.5 * hour + 1))).toBe(0)
  })
})

test.each([
  'firstResponseWithinTarget',
  'nextReplyWithinTarget',
  'resolutionWithinTarget',
  'atRiskNow',
  'overdueNow',
  'backlogOverdue',
])('%s is null where no target is configured', (id) => {
  expect(ask([created])[id]).toMatchObject({ value: null, reason: 'not-configured' })
})

describe('at risk and overdue', () => {
  const rules: Rules = { ...promising('firstResponse', { withinMs: 3 * hour }), atRiskMs: hour }
  const events = [
    at('ticket.created', 0, { ticketId: 'oldest' }),
    at('ticket.created', 10 * minute, { ticketId: 'second' }),
    at('ticket.created', 90 * minute, { ticketId: 'third' }),
    at('ticket.created', 100 * minute, { ticketId: 'fourth' }),
    at('ticket.created', 3 * hour, { ticketId: 'young' }),
    at('ticket.created', 0, { ticketId: 'answered' }),
    says('agent', hour, { ticketId: 'answered' }),
    at('ticket.created', 0, { ticketId: 'resolved' }),
    at('ticket.resolved', hour, { ticketId: 'resolved' }),
  ]
  const { metrics, worst } = askSnapshot(events, { rules, window: 'now', afterMs: 4 * hour })

  test('atRiskNow: open and due within targets.atRiskMs, with worst ids, the soonest due first', () => {
    expect(metrics.atRiskNow).toMatchObject({ value: 2, n: 2 })
    expect(worst.atRisk).toEqual([
      { id: 'third', sinceAt: since(4.5 * hour) },
      { id: 'fourth', sinceAt: since(4 * hour + 40 * minute) },
    ])
  })

  test('overdueNow: open and due instant past, with worst ids, the longest overdue first', () => {
    expect(metrics.overdueNow).toMatchObject({ value: 2, n: 2 })
    expect(worst.overdue).toEqual([
      { id: 'oldest', sinceAt: since(3 * hour) },
      { id: 'second', sinceAt: since(3 * hour + 10 * minute) },
    ])
  })

  test('a ticket counts once, by its next due instant', () => {
    const both: Rules = {
      ...rules,
      targets: { ...rules.targets, resolution: [{ withinMs: 3.5 * hour }], nextReply: [{ withinMs: 1 }] },
    }
    const counted = (afterMs: number) => {
      const { atRiskNow, overdueNow } = ask([created], { rules: both, window: 'now', afterMs })
      return [atRiskNow?.value, overdueNow?.value]
    }
    expect(counted(2.6 * hour)).toEqual([1, 0])
    expect(counted(3.2 * hour)).toEqual([0, 1])
  })
})
