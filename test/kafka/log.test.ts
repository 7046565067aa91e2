import { describe, expect, test } from 'vitest'
import { createLogCreator } from '../../src/kafka/log.ts'

function sayThrough(level: number, log: Record<string, unknown> & { message: string }, namespace = 'Runner') {
  const said: { level: string; fields: Record<string, unknown>; message: string }[] = []
  const write = (name: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
    said.push({ level: name, fields, message })
  const creator = createLogCreator({
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  })
  creator(5)({ namespace, level, label: '', log: { timestamp: '', ...log } })
  return said[0]
}

describe('what kafkajs says', () => {
  test.each([
    [1, { message: 'Response Heartbeat(key: 12)', error: 'The group is rebalancing, so a rejoin is needed' }],
    [1, { message: 'The coordinator is not aware of this member, re-joining the group' }],
    [1, { message: 'Response GroupCoordinator', error: 'The group coordinator is not available' }],
    [2, { message: 'The group is rebalancing, re-joining' }],
    [2, { message: 'Limiting retries for the idempotent producer may invalidate EoS guarantees' }],
    [1, { message: 'Crash: FloorwatchError: the consumer was closed before it joined' }],
    [4, { message: 'Starting' }],
  ])('in ordinary life (level %i) is debug', (level, log) => {
    expect(sayThrough(level, log)?.level).toBe('debug')
  })

  test('in trouble keeps its level and its useful fields, and drops the rest', () => {
    const said = sayThrough(1, {
      message: 'Offset out of range, resetting to default offset',
      broker: 'b:9092',
      stack: 'at x',
      payload: 'secret',
    })
    expect(said).toEqual({
      level: 'error',
      message: 'the kafka client reports',
      fields: {
        namespace: 'Runner',
        said: 'Offset out of range, resetting to default offset',
        broker: 'b:9092',
      },
    })
    expect(sayThrough(2, { message: 'KafkaJS is slow' })?.level).toBe('warn')
  })

  test.each([
    ['Connection', 1, { message: 'Connection error: connect ECONNREFUSED', broker: 'b:9092' }],
    ['Connection', 1, { message: 'Response Metadata(key: 3)', error: 'Request Metadata timed out' }],
    ['BrokerPool', 1, { message: 'Failed to connect to seed broker, trying another broker from the list' }],
    ['Consumer', 1, { message: 'Crash: KafkaJSNumberOfRetriesExceeded: connect ECONNREFUSED' }],
    ['Consumer', 1, { message: 'Crash: KafkaJSNonRetriableError: Connection error: connect ECONNREFUSED' }],
    ['Consumer', 1, { message: 'Restarting the consumer in 1342ms' }],
  ])(
    'of each try in an outage (%s, level %i) is debug: the outage is told once, elsewhere',
    (namespace, level, log) => {
      expect(sayThrough(level, log, namespace)?.level).toBe('debug')
    },
  )

  test('of a crash that is no outage keeps its level', () => {
    expect(sayThrough(1, { message: 'Crash: TypeError: x is no function' }, 'Consumer')?.level).toBe('error')
  })

  test('again within half a minute is debug: an outage does not flood the log', () => {
    const levels: string[] = []
    const write = (level: string) => () => levels.push(level)
    const creator = createLogCreator({
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    })
    const say = creator(5)
    for (const message of ['refused', 'refused', 'reset', 'refused']) {
      say({ namespace: 'Runner', level: 1, label: '', log: { timestamp: '', message } })
    }
    expect(levels).toEqual(['error', 'debug', 'error', 'debug'])
  })
})
