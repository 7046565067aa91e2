import { describe, expect, test } from 'vitest'
import { describeRow, explainMetric, listMetrics } from '../../src/commands/metrics.ts'
import { rulesOf } from '../../src/config-rules.ts'
import { configSchema } from '../../src/config-schema.ts'
import { catalogueFor, type MetricRow } from '../../src/core/metrics.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { ask, at, day, hour, minute, says } from '../support/ask.ts'

const rows = catalogueFor(defaultRules)
const rowOf = (id: string, of: readonly MetricRow[] = rows): MetricRow => {
  const row = of.find((one) => one.id === id)
  if (!row) throw new Error(`no metric is called ${id}`)
  return row
}
const told = (id: string, of?: readonly MetricRow[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(describeRow(rowOf(id, of))).map(([name, value]) => [name, String(value)]))

/** Under targets and business hours everything is configured. */
const configured = rulesOf(
  configSchema.parse({
    time: { calendars: { office: { week: [{ days: ['mon'], from: '08:00', to: '16:00' }] } } },
    targets: {
      firstResponse: [{ withinMs: 2 * day }, { priority: 'high', withinMs: minute }],
      nextReply: [{ withinMs: minute }],
      resolution: [{ withinMs: 2 * day }],
      atRiskMs: 2 * day,
    },
  }),
).rules

describe('what is told of the dimensions and windows', () => {
  test('the longest wait is grouped as the visits that wait: not by agent', () => {
    expect(told('longestWaitNow').groupedBy).toContain('; not by agentId')
    expect(
      ask([at('call.queued', 0)], { scope: { agentId: 'anna' }, window: 'now' }).longestWaitNow,
    ).toMatchObject({
      value: null,
      reason: 'not-applicable',
    })
    expect(told('backlogAge').groupedBy).toContain('; agentId: the assignee then')
  })

  test('of every metric it is what the engine answers', () => {
    for (const row of catalogueFor(configured)) {
      const scope = Object.fromEntries([...(row.needs ?? []), 'agentId'].map((name) => [name, 'x']))
      const [window = 'hour'] = row.windows ?? []
      const isAnswered = ask([], { rules: configured, scope, window })[row.id]?.reason !== 'not-applicable'
      const { groupedBy, windows } = describeRow(row)
      expect(`${groupedBy}`.includes('not by agentId'), row.id).toBe(!isAnswered)
      const { agentId: _, ...named } = scope
      const now = ask([], { rules: configured, scope: named, window: 'now' })[row.id]
      expect(/^all:|now/.test(`${windows}`) && windows !== 'all but now', row.id).toBe(
        now?.reason !== 'not-applicable',
      )
    }
  })

  test('whoever may be asked by agent says who the agent is', () => {
    for (const row of rows) {
      const { groupedBy } = describeRow(row)
      expect(`${groupedBy}`, row.id).toMatch(row.groupedBy.agent ? /; agentId: \w/ : /; not by agentId/)
    }
  })

  test('shares are asked only where their dimension is named', () => {
    for (const id of ['channelShare', 'contactVolume'])
      expect(told(id).groupedBy).toMatch(/^only scopes that name channel; /)
    expect(told('handlingTimeByType').groupedBy).toMatch(/^only scopes that name category; /)
  })

  test('calls that are not inbound are told apart, tickets have no such rule', () => {
    const outward = 'outbound and internal calls only where direction is named'
    for (const id of ['callsOffered', 'averageHandleTime', 'longestWaitNow', 'requestVolume'])
      expect(told(id).groupedBy, id).toContain(outward)
    for (const id of ['openTickets', 'csat']) expect(told(id).groupedBy, id).not.toContain(outward)
  })
})

describe('what is told of deleted and merged tickets', () => {
  const life = [
    at('ticket.created', 0, { kind: 'complaint', agentId: 'anna', channel: 'email', category: 'refund' }),
    says('customer', 0),
    says('agent', minute),
    says('customer', 2 * minute),
    says('agent', 3 * minute),
    at('ticket.worked', 2 * minute, { durationMs: minute }),
    at('ticket.escalated', 3 * minute),
    at('ticket.resolved', hour),
    ...['csat', 'nps', 'ces'].flatMap((kind) => {
      const survey = { surveyId: kind, kind }
      const scale = { score: 5, scaleMin: 0, scaleMax: 10 }
      return [at('survey.sent', hour, survey), at('survey.answered', hour, { ...survey, ...scale })]
    }),
  ]
  const lives = [
    life,
    [...life, at('ticket.reopened', 2 * hour), says('customer', 2 * hour)],
    life.slice(0, 1),
    [at('ticket.created', 0, { priority: 'high' })],
    life.slice(1, 3),
  ]

  test.each([
    ['a merged ticket', at('ticket.merged', 3 * hour)],
    ['a spam ticket', at('ticket.spam', 3 * hour)],
  ])('of %s every metric keeps or loses what it says it does', (_, end) => {
    const rules = configured
    const spoken = new Set<string>()
    const ofTickets = catalogueFor(rules).filter(({ merged }) => merged !== undefined)
    for (const row of ofTickets) {
      const scope = Object.fromEntries(
        (row.needs ?? []).map((name) => [name, name === 'channel' ? 'email' : 'refund']),
      )
      for (const events of lives) {
        const n = (more: typeof life) => ask([...events, ...more], { rules, scope })[row.id]?.n
        const isKept = end.type === 'ticket.merged' && row.merged === 'kept'
        expect(n([end]), row.id).toBe(isKept ? n([]) : 0)
        if (n([]) !== 0) spoken.add(row.id)
      }
    }
    expect(ofTickets.map(({ id }) => id).filter((id) => !spoken.has(id))).toEqual([])
  })

  test('every metric of tickets says it, and none of calls alone', () => {
    const silent = rows.filter(({ merged }) => merged === undefined)
    expect(new Set(silent.map(({ family }) => family))).toEqual(new Set(['wait']))
    expect(rows.filter(({ family, merged }) => family === 'wait' && merged).map(({ id }) => id)).toEqual([
      'orphans',
    ])
    expect(told('openTickets').edgeRules).toContain('merged tickets disappear from it')
    expect(told('responseTime').edgeRules).toContain('merged ones stay')
  })
})

describe('words', () => {
  test.each(rows.map((row) => [row.id, row] as const))('of %s stand by themselves', (_, row) => {
    for (const text of [row.formula, row.filedAt, row.edgeRules]) {
      expect(text).not.toMatch(/\b(the same,|the same by|of those\b|as above|ditto)/)
      expect(text.trim()).toBe(text)
      expect(text).not.toBe('')
    }
    expect(row.edgeRules).toMatch(/[.]$/)
  })

  test('a complaint within 8 weeks has no business days, one within 3 business days has', () => {
    expect(told('complaintsWithin8Weeks').edgeRules).not.toMatch(/business/i)
    expect(told('complaintsWithin8Weeks').edgeRules).toContain('56 days')
    expect(told('complaintsWithin3BusinessDays').edgeRules).toContain('third business day')
  })

  test('what has to be configured is named, and whether it is', () => {
    expect(told('backlogOverdue').setting).toBe(
      'targets.firstResponse: not set, without it the value is null (not-configured)',
    )
    expect(told('resolutionTimeBusiness', catalogueFor(configured)).setting).toBe('time.calendars: set')
  })

  test('numbers in them are those of the configuration', () => {
    const { rules } = rulesOf(
      configSchema.parse({
        fcr: { windowMs: 3_600_000 },
        targets: { atRiskMs: 1_234 },
        complaints: { from: 'escalation' },
        surveys: { positiveFrom: [1, 2] },
      }),
    )
    const own = catalogueFor(rules)
    expect(told('firstContactResolution', own).edgeRules).toContain('within 3600000 ms')
    expect(told('atRiskNow', own).formula).toContain('1234 ms')
    expect(told('complaintResolutionTime', own).edgeRules).toContain('at the first escalation')
    expect(told('csat', own).edgeRules).toContain('2·(score − min) ≥ 1·(max − min)')
    expect(told('csat', own).edgeRules).not.toContain('4 of 5')
  })
})

describe('what is told of a service level', () => {
  const policy = (own: object) => {
    const { rules } = rulesOf(configSchema.parse({ serviceLevel: { default: own } }))
    return told('serviceLevel', catalogueFor(rules))
  }

  test('the threshold and its boundary', () => {
    expect(told('serviceLevel').formula).toContain('answered within 20000 ms')
    expect(told('serviceLevel').edgeRules).toContain('exactly 20000 ms is within, a miss from 20001 ms on')
    expect(policy({ boundary: 'exclusive' }).edgeRules).toContain('exactly 20000 ms is a miss')
  })

  test('who still waits', () => {
    expect(told('serviceLevel').edgeRules).toContain('dated queued + 20001 ms; younger visits are not in n')
    expect(told('serviceLevel').filedAt).toContain('threshold passed, whichever is first')
    const ignored = policy({ stillWaiting: 'ignore' })
    expect(ignored.edgeRules).toContain('a late answer is a miss at the answer')
    expect(ignored.filedAt).not.toContain('threshold')
  })

  test('the clock', () => {
    expect(told('serviceLevel').edgeRules).toContain('exactly one event a visit')
    expect(policy({ diverted: 'ignore' }).edgeRules).toContain('at most one event a visit')
    const byCall = policy({ clock: 'call' })
    expect(byCall.edgeRules).toContain('exactly one event a call; its waits in all queues are added up')
    expect(byCall.filedAt).toBe("the call's first answer or abandonment, else its last way out of a queue")
  })

  test('short abandons, and abandoned and diverted visits', () => {
    expect(told('serviceLevel').edgeRules).toContain('no short abandon is left out')
    expect(policy({ shortAbandonMs: 5_000 }).edgeRules).toContain('up to and including 5000 ms are left out')
    expect(policy({ abandoned: 'ignore' }).edgeRules).toContain(
      'Abandoned: left out within the threshold; past it a miss already.',
    )
    expect(policy({ abandoned: 'ignore', stillWaiting: 'ignore' }).edgeRules).toContain(
      'Abandoned: left out.',
    )
    expect(policy({ abandoned: 'ignore', clock: 'call' }).edgeRules).toContain('Abandoned: left out.')
    expect(policy({ diverted: 'hit' }).formula).toContain('answered or diverted within')
  })

  test('thresholds and targets of single queues', () => {
    const { edgeRules } = policy({ per: [{ queueId: 'billing', thresholdMs: 60_000, target: 0.9 }] })
    expect(edgeRules).toContain('Its own: queueId billing, thresholdMs 60000, target 0.9.')
  })

  test('how the presets differ', () => {
    const { edgeRules } = told('serviceLevel')
    expect(edgeRules).toContain('all-offered (nothing: the default)')
    expect(edgeRules).toContain('answered-only (abandoned ignore, diverted ignore, stillWaiting ignore)')
    expect(edgeRules).toContain(
      'without-short-abandons (shortAbandonMs 20000, diverted ignore, stillWaiting ignore)',
    )
    expect(edgeRules).toContain('abandons-as-hits (abandoned hit, diverted ignore)')
    expect(edgeRules).toContain('removed-from-queue (abandoned hit, diverted hit, stillWaiting ignore)')
  })
})

describe('printed', () => {
  test('an explanation is wrapped under its names', () => {
    const text = explainMetric(rows, 'serviceLevel', false)
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toBe('id             serviceLevel')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(115)
    expect(lines.every((line) => /^(\w+ +| {15})\S/.test(line))).toBe(true)
    expect(text.replaceAll(/\s+/g, ' ')).toContain(told('serviceLevel').edgeRules)
  })

  test('as JSON it is the row', () => {
    expect(JSON.parse(explainMetric(rows, 'nps', true))).toEqual(describeRow(rowOf('nps')))
    expect(JSON.parse(listMetrics(rows, true))).toEqual(rows.map(describeRow))
  })

  test('a metric that does not exist is told, with where to look', () => {
    expect(() => explainMetric(rows, 'waitTimes', false)).toThrow(
      /no metric is called 'waitTimes'.*metrics list/,
    )
  })
})
