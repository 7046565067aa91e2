import { describe, expect, test } from 'vitest'
import { configSchema } from '../src/config-schema.ts'
import { publishPlansOf, setsOf } from '../src/publish-plans.ts'

const plansOf = (config: object) => publishPlansOf(configSchema.parse(config))
const nameOf = ({ set, window, everyMs }: ReturnType<typeof plansOf>[number]) =>
  `${set.join()}|${window.id}|${everyMs}`

describe('publish plans', () => {
  test('where nothing is configured they are what a wallboard needs', () => {
    const plans = plansOf({ scopes: [[], ['queueId']], time: { dayStartsAt: '08:00' } })
    expect(plans.map(nameOf)).toEqual([
      '|now|1000',
      'queueId|now|1000',
      ...['15m', 'hour', 'today', 'since-0800'].map((id) => `|${id}|5000`),
      ...['15m', 'hour', 'today', 'since-0800'].map((id) => `queueId|${id}|5000`),
    ])
  })

  test('rows that name the same set and window are one plan: metrics of both, as often as the more eager', () => {
    const row = { windows: ['now'], everyMs: 5_000 }
    const [plan, ...others] = plansOf({
      publish: [
        { ...row, scopes: [['queueId', 'channel']], metrics: ['waitingNow'] },
        { ...row, scopes: [['channel', 'queueId']], metrics: ['openTickets'], everyMs: 1_000 },
      ],
    })
    expect(others).toEqual([])
    expect(plan?.everyMs).toBe(1_000)
    expect(plan?.rows.map(({ id }) => id).sort()).toEqual(['openTickets', 'waitingNow'])
  })

  test('a metric or a window that is not known is refused by name', () => {
    expect(() => plansOf({ publish: [{ scopes: [[]], windows: ['now'], metrics: ['waiting'] }] })).toThrow(
      'no metric or family is called waiting; `floorwatch metrics list` names them',
    )
    expect(() => configSchema.parse({ publish: [{ scopes: [[]], windows: ['15x'] }] })).toThrow(
      "'15x' is no window",
    )
  })

  test('what is kept are the sets configured, those published, and what their shares divide by', () => {
    const config = configSchema.parse({
      scopes: [['queueId']],
      publish: [{ scopes: [['channel', 'teamId']], windows: ['now'] }],
    })
    const names = setsOf(config, publishPlansOf(config)).map((set) => set.join())
    expect(names.sort()).toEqual(['channel,teamId', 'queueId', 'teamId'])
  })
})
