import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { environmentVariables, loadConfig } from '../src/config.ts'
import { FloorwatchError } from '../src/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'floorwatch-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function writeText(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function mistakesOf(
  file: string | undefined,
  environment: Readonly<Record<string, string>> = {},
): readonly string[] {
  try {
    loadConfig(file, environment)
  } catch (error) {
    if (!(error instanceof FloorwatchError)) throw error
    expect(error.code).toBe('config-invalid')
    return error.message.split('\n')
  }
  throw new Error('the configuration was accepted')
}

test('without a file and variables everything runs on localhost', () => {
  const { kafka, redis, http, registry } = loadConfig(undefined, {})
  expect(kafka.brokers).toEqual(['localhost:9092'])
  expect(redis.url).toBe('redis://localhost:6379')
  expect(http).toEqual({ host: '127.0.0.1', port: 8080 })
  expect(registry.url).toBeUndefined()
})

test('an empty file is as good as none', () => {
  expect(loadConfig(writeText('empty.yaml', ''), {})).toEqual(loadConfig(undefined, {}))
})

test('the example of the contract is accepted but for the alerts, which come later', () => {
  const file = writeText(
    'contract.yaml',
    `
kafka: { brokers: ["localhost:9092"], groupId: floorwatch, startFrom: earliest, partitioner: murmur2 }
redis: { url: "redis://localhost:6379", keyPrefix: floorwatch }
registry: { url: "http://localhost:8081" }
time: { source: clock, zone: Europe/Copenhagen, dayStartsAt: "08:00", calendars: { office: { week: [{ days: [mon], from: "08:00", to: "16:00" }] } } }
scopes: [[], [queueId], [channel], [teamId], [agentId]]
publish:
  - { scopes: [[], [queueId]], windows: [now, 15m, today], metrics: [wait, response, csat], everyMs: 1000 }
  - { scopes: [[], [queueId], [agentId]], windows: [interval-15m, total], metrics: [all], everyMs: 5000 }
serviceLevel:
  default: { thresholdMs: 20000, target: 0.8 }
  per: [{ queueId: billing, thresholdMs: 60000 }]
targets: { firstResponse: [{ priority: high, withinMs: 3600000, calendar: office }] }
labels: { queueId: { billing: Billing } }
`,
  )
  expect(loadConfig(file, {}).time.zone).toBe('Europe/Copenhagen')
})

describe('the environment', () => {
  test('stands above the file, value by value', () => {
    const file = writeText('kafka.yaml', 'kafka: { groupId: file, clientId: file }')
    const { kafka } = loadConfig(file, { FLOORWATCH_KAFKA_GROUP_ID: 'environment' })
    expect(kafka).toMatchObject({ groupId: 'environment', clientId: 'file' })
  })

  test('gives numbers, switches, words parted by commas, and tables as JSON', () => {
    const config = loadConfig(undefined, {
      FLOORWATCH_HTTP_PORT: '9000',
      FLOORWATCH_KAFKA_SSL: 'true',
      FLOORWATCH_KAFKA_BROKERS: 'a:1, b:2',
      FLOORWATCH_KAFKA_TOPICS: '{"ticket":"desk"}',
      FLOORWATCH_SCOPES: '[[],["queueId"]]',
      FLOORWATCH_LABELS: '{"queueId":{"b":"Billing"}}',
      FLOORWATCH_KAFKA_START_FROM: '2026-03-02T00:00:00Z',
    })
    expect(config.http.port).toBe(9000)
    expect(config.kafka.ssl).toBe(true)
    expect(config.kafka.brokers).toEqual(['a:1', 'b:2'])
    expect(config.kafka.topics).toEqual({ ticket: 'desk' })
    expect(config.scopes).toEqual([[], ['queueId']])
    expect(config.labels).toEqual({ queueId: { b: 'Billing' } })
    expect(config.kafka.startFrom).toBe('2026-03-02T00:00:00Z')
  })

  test('gives a secret as a file too, without the line end', () => {
    const secret = writeText('password', 's3cret\n')
    const { kafka } = loadConfig(undefined, {
      FLOORWATCH_KAFKA_USERNAME: 'me',
      FLOORWATCH_KAFKA_PASSWORD_FILE: secret,
    })
    expect(kafka.password).toBe('s3cret')
    const missing = join(folder, 'none')
    expect(mistakesOf(undefined, { FLOORWATCH_KAFKA_PASSWORD_FILE: missing })[1]).toBe(
      `  FLOORWATCH_KAFKA_PASSWORD_FILE: the file ${missing} cannot be read; check the path and its permissions`,
    )
  })

  test('names a variable for every value, sections and keys in upper snake case', () => {
    const names = environmentVariables()
    for (const name of ['KAFKA_BROKERS', 'KAFKA_TOPIC_PREFIX', 'REDIS_KEY_PREFIX', 'TIME_ZONE', 'LOG_LEVEL'])
      expect(names).toContain(`FLOORWATCH_${name}`)
    expect(new Set(names).size).toBe(names.length)
  })

  test('leaves the variables of others and of the tests alone', () => {
    expect(() => loadConfig(undefined, { HOME: '/', FLOORWATCH_TEST_KAFKA: 'a:1' })).not.toThrow()
  })

  test('a wrong value is told by its path, an unknown variable by its name', () => {
    const mistakes = mistakesOf(undefined, { FLOORWATCH_HTTP_PORT: 'web', FLOORWATCH_HTTP_PROT: '80' })
    expect(mistakes[0]).toBe('the environment: 2 mistakes')
    expect(mistakes.join('\n')).toContain(
      '  FLOORWATCH_HTTP_PROT: is no setting; docs/configuration.md names them all',
    )
    expect(mistakes.join('\n')).toContain('  http.port: must be a number, not a string')
  })
})

describe('mistakes', () => {
  test('of spelling, type, range and choice are all told together, each with its path', () => {
    const file = writeText(
      'wrong.yaml',
      `
kafka: { brokers: [], partitioner: md5 }
redis: { urll: "redis://localhost" }
time: { zone: Mars/Olympus, dayStartsAt: "08:07", disorderMs: -1 }
publish: [{ scopes: [[]], windows: [15x] }]
colour: red
`,
    )
    const [first, ...rest] = mistakesOf(file)
    expect(first).toBe(`${file}: 8 mistakes`)
    expect(rest.map((line) => line.trim().split(':')[0]).toSorted()).toEqual([
      'colour',
      'kafka.brokers',
      'kafka.partitioner',
      'publish.0.windows.0',
      'redis.urll',
      'time.dayStartsAt',
      'time.disorderMs',
      'time.zone',
    ])
  })

  test.each([
    ['colour: red', 'colour: is no setting; docs/configuration.md names them all'],
    ['registry: { url: registry }', 'registry.url: write a URL as http://localhost:8081'],
    [
      'kafka: { startFrom: soon }',
      'kafka.startFrom: write earliest, latest, or a time as 2026-03-02T00:00:00Z',
    ],
    ['kafka: { startFrom: 5 }', 'kafka.startFrom: write earliest, latest, or a time as 2026-03-02T00:00:00Z'],
    ['kafka: { partitioner: md5 }', 'kafka.partitioner: must be one of murmur2, crc32'],
    ['kafka: { brokers: [] }', 'kafka.brokers: must not be empty'],
    ['http: { port: 70000 }', 'http.port: must be at most 65535'],
    ['targets: { resolution: [{}] }', 'targets.resolution.0.withinMs: is missing; add a number'],
    [
      'publish: [{ scopes: [[]], windows: [now], metrics: [waiting] }]',
      'publish.metrics: no metric or family is called waiting; `floorwatch metrics list` names them',
    ],
    ['kafka: { brokers: [localhost] }', 'kafka.brokers.0: write host:port'],
    ['surveys: { positiveFrom: [3, 2] }', 'surveys.positiveFrom: must be a share of at most 1, as [2, 3]'],
    ['kafka: { password: secret }', 'kafka.username: must stand together with the password'],
    ['kafka: { username: me }', 'kafka.password: must stand together with the username'],
  ])('%s is told', (text, told) => {
    expect(mistakesOf(writeText('told.yaml', text)).map((line) => line.trim())).toContain(told)
  })

  test('of a section that has mistakes of its own nothing else is said to be missing', () => {
    const text = 'registry: { url: localhost }\nkafka: { snapshotFormat: avro }'
    expect(mistakesOf(writeText('one.yaml', text))).toHaveLength(2)
  })

  test('of a value and between values are told together', () => {
    const text = `
kafka: { partitioner: md5 }
time: { businessCalendar: night }
targets: { firstResponse: [{ withinMs: 1000, calendar: office }] }
`
    expect(mistakesOf(writeText('both.yaml', text)).map((line) => line.trim().split(':')[0])).toEqual([
      expect.stringContaining('both.yaml'),
      'kafka.partitioner',
      'time.businessCalendar',
      'targets.firstResponse.0.calendar',
    ])
  })

  test('between values have a path too', () => {
    const file = writeText(
      'between.yaml',
      `
targets: { firstResponse: [{ withinMs: 1000, calendar: office }] }
serviceLevel: { default: { thresholdMs: 20000, shortAbandonMs: 30000 } }
time: { businessCalendar: night }
kafka: { snapshotFormat: avro }
`,
    )
    expect(
      mistakesOf(file)
        .slice(1)
        .map((line) => line.trim().split(':')[0])
        .toSorted(),
    ).toEqual([
      'kafka.snapshotFormat',
      'serviceLevel.default.shortAbandonMs',
      'targets.firstResponse.0.calendar',
      'time.businessCalendar',
    ])
  })

  test('a list where sections belong, and a text that is no YAML, are one line', () => {
    expect(mistakesOf(writeText('list.yaml', '- a'))[0]).toMatch(
      /list\.yaml: must hold sections, such as kafka:/,
    )
    expect(mistakesOf(writeText('torn.yaml', 'a: ['))).toHaveLength(1)
  })
})
