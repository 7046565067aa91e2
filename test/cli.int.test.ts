import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli, startCli } from './commands/run-cli.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'floorwatch-cli-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function writeText(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

const queued =
  '{"eventId":"1","type":"call.queued","occurredAt":"2026-03-02T08:00:00Z","callId":"a","queueId":"q"}'
const answered =
  '{"eventId":"2","type":"call.answered","occurredAt":"2026-03-02T08:00:14Z","callId":"a","agentId":"g"}'
const badLines = [
  'not json',
  '{"eventId":"3","type":"call.teleported","occurredAt":"2026-03-02T08:00:00Z","callId":"a"}',
  '{"eventId":"4","type":"call.queued","occurredAt":"2026-03-02T08:00:00Z","callId":7,"queueId":"q"}',
  '{"eventId":"5","type":"call.queued","callId":"a","queueId":"q"}',
  '{"eventId":"6","type":"survey.answered","occurredAt":"2026-03-02T08:00:00Z","surveyId":"s","callId":"a","kind":"csat","score":9,"scaleMin":1,"scaleMax":5}',
  `{"eventId":"7","type":"call.queued","occurredAt":"2026-03-02T08:00:00Z","callId":"a","queueId":"${'q'.repeat(1_100_000)}"}`,
]

test('--version tells the version of the package', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
})

describe('replay', () => {
  test('tells each refused line with its number, what is wrong and what to do, counts the rest, and goes on', async () => {
    const file = await writeText('bad.ndjson', [queued, ...badLines, answered].join('\n'))
    const { code, stdout, stderr } = await runCli(['replay', file])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).metrics.averageSpeedOfAnswer).toMatchObject({
      numerator: 14_000,
      denominator: 1,
    })
    const lines = stderr.trim().split('\n')
    expect(lines).toEqual([
      `${file}:2: malformed: the value is not JSON; write one JSON object`,
      expect.stringMatching(
        /:3: unknown-type: type: "call\.teleported" is not known; use one of call\.queued, /,
      ),
      `${file}:4: invalid: callId: must be a string, not a number`,
      `${file}:5: invalid: occurredAt: is missing; add an ISO-8601 date and time with a zone, or epoch milliseconds`,
      `${file}:6: invalid: score: must lie within its scale`,
      expect.stringMatching(
        /:7: too-large: \d+ bytes, more than limits\.recordBytesMax \(1000000\); make it smaller, or raise that$/,
      ),
      '2 events applied, 0 duplicate, 6 refused',
    ])
  })

  test('--strict makes a refused line a failure, and prints the numbers all the same', async () => {
    const file = await writeText('strict.ndjson', [queued, 'not json'].join('\n'))
    const { code, stdout } = await runCli(['replay', file, '--strict'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout).window.id).toBe('total')
    expect((await runCli(['replay', await writeText('good.ndjson', queued), '--strict'])).code).toBe(0)
  })

  test('two payloads under one id are a conflict, told with its line and which of them counts, a failure under --strict', async () => {
    const others = [queued.replace('"q"', '"r"'), 'not json', queued.replace('"q"', '"p"')]
    const file = await writeText('conflict.ndjson', [queued, ...others].join('\n'))
    const { code, stderr } = await runCli(['replay', file, '--strict'])
    expect(code).toBe(1)
    const remedy = 'give each event an eventId of its own'
    expect(stderr.trim().split('\n')).toEqual([
      `${file}:2: conflicting: does not count, because another payload under its eventId does; ${remedy}`,
      `${file}:3: malformed: the value is not JSON; write one JSON object`,
      `${file}:4: conflicting: counts, and the payload that came before it under its eventId no longer does; ${remedy}`,
      '1 events applied, 0 duplicate, 1 refused, 2 conflicting',
    ])
  })

  test('however many lines are refused, each is told', async () => {
    const file = await writeText('many.ndjson', Array.from({ length: 50 }, () => 'not json').join('\n'))
    const { stderr } = await runCli(['replay', file])
    const lines = stderr.trim().split('\n')
    expect(lines.slice(0, -1)).toEqual(
      Array.from(
        { length: 50 },
        (_, at) => `${file}:${at + 1}: malformed: the value is not JSON; write one JSON object`,
      ),
    )
    expect(lines.at(-1)).toBe('0 events applied, 0 duplicate, 50 refused')
  })

  test('an output that takes nothing more is one line, exit 1', async () => {
    const file = await writeText('full.ndjson', queued)
    const { code, stderr } = await runCli(['replay', file], { stdoutTo: '/dev/full' })
    expect([code, stderr.split('\n').filter((line) => !/^(\d+ events applied.*|)$/.test(line))]).toEqual([
      1,
      ['floorwatch: standard output: ENOSPC: no space left on device, write'],
    ])
  })

  test.each([
    [['--windows', '15x'], /^floorwatch: --windows: .*15x/],
    [['--every', '15x'], /^floorwatch: --every: '15x' is no duration; write 5s, 15m, 1h or 30d$/],
    [['--as-of', 'yesterday'], /^floorwatch: --as-of: 'yesterday' /],
    [['--scopes', 'queueId,'], /^floorwatch: --scopes: /],
  ])('%o is one line that says what may stand there, exit 2', async (flags, said) => {
    const file = await writeText('one.ndjson', queued)
    const { code, stdout, stderr } = await runCli(['replay', file, ...flags])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trim()).toMatch(said)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  test('a missing file is one line that names it, exit 1', async () => {
    const { code, stderr } = await runCli(['replay', join(folder, 'nowhere.ndjson')])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^floorwatch: .*nowhere\.ndjson: .*\n$/)
  })

  test('standard input is read as -', async () => {
    const { code, stdout } = await runCli(['replay', '-'], { stdin: `${queued}\n${answered}\n` })
    expect(code).toBe(0)
    expect(JSON.parse(stdout).metrics.averageSpeedOfAnswer).toMatchObject({
      numerator: 14_000,
      denominator: 1,
    })
  })
})

describe('configuration', () => {
  test('three mistakes in a YAML file are all told, each with its path, exit 2', async () => {
    const file = await writeText(
      'wrong.yaml',
      'kafka: { broker: "localhost:9092" }\ntime: { zone: Mars/Olympus }\nredis: { commandTimeoutMs: soon }\n',
    )
    const { code, stderr } = await runCli(['--config', file, 'metrics', 'list'])
    expect(code).toBe(2)
    const lines = stderr.trim().split('\n')
    expect(lines[0]).toBe(`floorwatch: ${file}: 3 mistakes`)
    expect(lines.slice(1).map((line) => line.trim().split(':')[0])).toEqual(
      expect.arrayContaining(['kafka.broker', 'time.zone', 'redis.commandTimeoutMs']),
    )
    expect(lines).toHaveLength(4)
  })

  test('a file that is no YAML and one that is missing are one line each, exit 2', async () => {
    const file = await writeText('broken.yaml', 'kafka: [')
    const broken = await runCli(['--config', file, 'metrics', 'list'])
    expect(broken.code).toBe(2)
    expect(broken.stderr).toMatch(/broken\.yaml: is no YAML: /)
    const missing = await runCli(['--config', join(folder, 'none.yaml'), 'metrics', 'list'])
    expect(missing).toMatchObject({ code: 2, stdout: '' })
    expect(missing.stderr).toMatch(/none\.yaml: cannot be read: check the path given to --config/)
  })

  test('a variable of the environment that is no setting is told by name, exit 2', async () => {
    const { code, stderr } = await runCli(['metrics', 'list'], { env: { FLOORWATCH_KAFKA_BROKER: 'a:1' } })
    expect(code).toBe(2)
    expect(stderr).toContain('FLOORWATCH_KAFKA_BROKER: is no setting')
  })
})

describe('the program', () => {
  test('an unknown command and an unknown option are refused with a hint at --help, exit 2', async () => {
    const command = await runCli(['replya'])
    expect(command.code).toBe(2)
    expect(command.stderr).toMatch(/unknown command 'replya'[\s\S]*--help/)
    const option = await runCli(['replay', 'x', '--window', '15m'])
    expect(option.code).toBe(2)
    expect(option.stderr).toContain("unknown option '--window'")
  })

  test('--help of the program names every command of the contract but what comes later', async () => {
    const { code, stdout } = await runCli(['--help'])
    expect(code).toBe(0)
    const named = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name)
    expect(named).toEqual(
      expect.arrayContaining([
        'start',
        'demo',
        'replay',
        'simulate',
        'wallboard',
        'metrics',
        'doctor',
        'inspect',
        'dead-letters',
        'topics',
        'schemas',
      ]),
    )
  })

  test('replay and metrics load no client of Kafka, Redis or the registry, topics does', async () => {
    const file = await writeText('lazy.ndjson', queued)
    expect(await clientsLoadedBy(['replay', file])).toEqual([])
    expect(await clientsLoadedBy(['metrics', 'list'])).toEqual([])
    expect(await clientsLoadedBy(['topics', 'create', '--partitions', 'x'])).toContain('kafkajs')
  })
})

async function clientsLoadedBy(args: readonly string[]): Promise<readonly string[]> {
  const probe = await writeText(
    'probe.mjs',
    `import { createRequire } from 'node:module'
    await import(${JSON.stringify(pathToFileURL(resolve('src/cli.ts')).href)})
    const files = Object.keys(createRequire(${JSON.stringify(resolve('src/cli.ts'))}).cache)
    const clients = ['kafkajs', 'ioredis', 'schemaregistry']
    process.stderr.write(JSON.stringify(clients.filter((name) => files.some((file) => file.includes(name)))))`,
  )
  const options = { env: { PATH: process.env.PATH }, maxBuffer: 10_000_000 }
  const said = await new Promise<string>((done) => {
    execFile(resolve('node_modules/.bin/node'), [probe, ...args], options, (_error, _printed, text) =>
      done(text),
    )
  })
  const told = /\[[^[]*\]$/.exec(said)?.[0]
  if (told === undefined) throw new Error(`the probe says nothing of clients: ${said}`)
  return JSON.parse(told)
}

describe('a server that is not there', () => {
  const env = { FLOORWATCH_KAFKA_BROKERS: '127.0.0.1:1', FLOORWATCH_REDIS_URL: 'redis://127.0.0.1:1' }
  const refused = 'connect ECONNREFUSED 127.0.0.1:1'
  const noKafka = `kafka at 127.0.0.1:1 failed while connecting: Connection error: ${refused}; start Kafka, or correct kafka.brokers`
  const noRedis = `Redis at 127.0.0.1:1: ${refused}; start Redis, or correct redis.url (address, password, TLS)`

  test.each([
    [['start'], noRedis],
    [['topics', 'check'], noKafka],
    [['wallboard', '--port', '0'], noKafka],
  ])('is one line of %j that says what to do, exit 1', async (args, said) => {
    expect(await runCli(args, { env })).toEqual({ code: 1, stdout: '', stderr: `floorwatch: ${said}\n` })
  })
})

describe.each(['start', 'wallboard'])('%s', (command) => {
  test.each(['SIGINT', 'SIGTERM'] as const)('is ended by %s while it waits for a server', async (signal) => {
    const silent = createServer().listen(0, '127.0.0.1')
    const asked = once(silent, 'connection')
    await once(silent, 'listening')
    const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`
    const settings = `{ redis: { url: 'redis://${at}' }, kafka: { brokers: ['${at}'] }, http: { port: 0 } }`
    const child = startCli(['--config', await writeText('waits.yaml', settings), command])
    const ended = once(child, 'exit')
    const [socket] = await asked
    const toldMs = performance.now()
    child.kill(signal)
    expect(await ended).toEqual([0, null])
    expect(performance.now() - toldMs).toBeLessThan(2_000)
    socket.destroy()
    silent.close()
  })
})

describe('simulate', () => {
  test('the same seed gives the same bytes, another seed others', async () => {
    const args = ['simulate', '--events', '300', '--late', '0.1', '--duplicates', '0.1', '--poison', '0.1']
    const first = await runCli(args)
    expect(first.code).toBe(0)
    expect(first.stdout.split('\n').length).toBeGreaterThan(300)
    expect((await runCli(args)).stdout).toBe(first.stdout)
    expect((await runCli([...args, '--seed', '2'])).stdout).not.toBe(first.stdout)
  })

  test('--out writes the same lines to a file', async () => {
    const file = join(folder, 'made.ndjson')
    const { code, stdout, stderr } = await runCli(['simulate', '--events', '50', '--out', file])
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: `50 lines written to ${file}\n` })
    expect(await readFile(file, 'utf8')).toBe((await runCli(['simulate', '--events', '50'])).stdout)
  })

  test('a folder that is missing is one line, exit 1', async () => {
    const file = join(folder, 'no', 'where.ndjson')
    const { code, stderr } = await runCli(['simulate', '--events', '50', '--out', file])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^floorwatch: .*where\.ndjson: cannot be written: ENOENT.*\n$/)
  })

  test('a reader that goes ends it quietly', async () => {
    const child = startCli(['simulate'])
    let stderr = ''
    child.stderr.on('data', (part) => {
      stderr += part
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((done) => child.once('exit', done))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
