import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { scopeKeyOf } from '../../src/core/scopes.ts'
import { createKafkaEventWriter } from '../../src/kafka/event-writer.ts'
import { type CliRun, runCli, startCli } from '../commands/run-cli.ts'
import { simulateEvents } from '../support/load.ts'
import { isReplayed, totalsSettings } from '../support/replayed.ts'
import { openServiceBench, type ServiceBench, type Snapshot, toRecord } from '../support/service.ts'

const sets = [[], ['queueId']]
const stricter = { FLOORWATCH_SERVICE_LEVEL_DEFAULT: JSON.stringify({ thresholdMs: 5_000 }) }
const reachedMs = 120_000

let bench: ServiceBench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

const openBench = async (partitions: number): Promise<ServiceBench> => {
  bench = await openServiceBench(totalsSettings(sets), partitions)
  return bench
}

type Environment = Readonly<Record<string, string>>

const cli = (opened: ServiceBench, args: readonly string[], env: Environment = {}): Promise<CliRun> =>
  runCli(['--config', opened.configFile, ...args], { env })

const linesOf = ({ stdout }: CliRun) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** What `floorwatch replay` says of these events under this configuration. */
const replayed = async (
  opened: ServiceBench,
  events: readonly Event[],
  env: Environment = {},
): Promise<ReadonlyMap<string, Snapshot>> => {
  const file = join(mkdtempSync(join(tmpdir(), 'floorwatch-')), 'events.ndjson')
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const run = await cli(opened, ['replay', file, '--windows', 'total', '--scopes', ';queueId'], env)
  const snapshots = linesOf(run) as unknown as (Snapshot & {
    readonly tenantId: string
    readonly scope: Readonly<Record<string, string>>
  })[]
  return new Map(
    snapshots.map((snapshot) => [`${scopeKeyOf(snapshot.tenantId, snapshot.scope)}|total`, snapshot]),
  )
}

const idsOf = async (opened: ServiceBench) =>
  JSON.parse((await cli(opened, ['rebuild', 'list', '--json'])).stdout) as readonly {
    readonly id: string
    readonly state: string
  }[]

const forgetRedis = async ({ redis }: ServiceBench): Promise<void> => {
  const admin = new Redis(redis.url)
  const keys = await admin.keys(`${redis.keyPrefix}:*`)
  await admin.del(keys)
  admin.disconnect()
}

describe('a rebuild beside a running service', () => {
  it('shows what new rules change, survives being killed, and its swap leaves what a replay under them says', {
    timeout: 600_000,
  }, async () => {
    const opened = await openBench(2)
    const events = simulateEvents({ seed: 21, events: 6_000 })
    const half = Math.floor(events.length / 2)
    await opened.feed(events.slice(0, half))
    const processes = [opened.start(), opened.start()]
    await opened.until((seen) => seen.size > 0, reachedMs)

    const same = await cli(opened, ['rebuild', '--json'])
    expect(linesOf(same), same.stderr).toEqual([
      expect.objectContaining({ values: expect.toSatisfy((count: number) => count > 0), differences: 0 }),
    ])
    expect(same.code).toBe(0)

    const feeding = (async () => {
      for (let from = half; from < events.length; from += 200)
        await opened.feed(events.slice(from, from + 200))
    })()
    const other = await cli(opened, ['rebuild', '--json'], stricter)
    expect(other.code, other.stderr).toBe(3)
    const metrics = linesOf(other).flatMap(({ metric }) => metric ?? [])
    expect([...new Set(metrics)]).toEqual(['serviceLevel'])

    const victim = startCli(['--config', opened.configFile, 'rebuild'], { env: stricter })
    await once(victim.stderr, 'data')
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    await feeding
    const { id } = (await idsOf(opened)).at(-1) as { id: string }
    const swapped = await cli(opened, ['rebuild', '--id', id, '--swap', '--json'], stricter)
    expect(linesOf(swapped).at(-1), swapped.stderr).toMatchObject({ id, swapped: true })
    for (const one of processes) {
      expect(await one.ended).toBe(1)
      expect(one.output()).toContain('The state was swapped')
    }

    opened.start(stricter)
    opened.start(stricter)
    await opened.until(isReplayed(await replayed(opened, events, stricter)), reachedMs)

    expect(await cli(opened, ['rebuild', 'drop', id])).toMatchObject({ code: 2 })
    expect(await cli(opened, ['rebuild', 'drop', 'first'])).toMatchObject({ code: 0 })
    expect((await cli(opened, ['rebuild', '--id', 'nothing'])).stderr).toContain("'nothing' is no rebuild")
    const states = (await idsOf(opened)).map(({ state }) => state)
    expect(states.filter((state) => state === 'live')).toHaveLength(1)
    expect(states).not.toContain('former')
  })

  it('swapped under the same rules, the processes go over to it by themselves', {
    timeout: 400_000,
  }, async () => {
    const opened = await openBench(2)
    const events = simulateEvents({ seed: 22, events: 4_000 })
    const half = Math.floor(events.length / 2)
    await opened.feed(events.slice(0, half))
    const processes = [opened.start(), opened.start()]
    await opened.until((seen) => seen.size > 0, reachedMs)
    const swapped = await cli(opened, ['rebuild', '--swap', '--drop-old'])
    expect(swapped.code, swapped.stderr).toBe(0)
    await opened.feed(events.slice(half))
    await opened.until(isReplayed(await replayed(opened, events)), reachedMs)
    for (const one of processes) expect(await one.kill('SIGTERM'), one.output()).toBe(0)
  })
})

describe('a state that is lost', () => {
  it('R13: is not begun again in silence; a rebuild counts it anew and the service goes on', {
    timeout: 400_000,
  }, async () => {
    const opened = await openBench(2)
    const events = simulateEvents({ seed: 23, events: 3_000 })
    await opened.feed(events)
    const before = opened.start()
    const expected = await replayed(opened, events)
    await opened.until(isReplayed(expected), reachedMs)
    await before.kill('SIGTERM')
    await forgetRedis(opened)

    const refused = opened.start()
    expect(await refused.ended).toBe(1)
    expect(refused.output()).toContain('floorwatch rebuild --swap')
    const swapped = await cli(opened, ['rebuild', '--swap'])
    expect(swapped.code, swapped.stderr).toBe(0)
    expect(swapped.stderr).toContain('not compared')
    opened.start()
    await opened.until(isReplayed(expected), reachedMs)
  })
})

describe('topics that have grown', () => {
  it('F10: stop the service; a rebuild files older records by their key, and it goes on with more shards', {
    timeout: 400_000,
  }, async () => {
    const opened = await openBench(2)
    const events = simulateEvents({ seed: 24, events: 3_000 })
    const half = Math.floor(events.length / 2)
    await opened.feed(events.slice(0, half))
    const before = opened.start()
    await opened.until((seen) => seen.size > 0, reachedMs)
    await growTopics(opened, 4)
    expect(await before.ended).toBe(1)
    expect(before.output()).toContain('floorwatch rebuild')
    await feedAnew(opened, events.slice(half))

    const swapped = await cli(opened, ['rebuild', '--swap'])
    expect(swapped.code, swapped.stderr).toBe(0)
    opened.start()
    opened.start()
    await opened.until(isReplayed(await replayed(opened, events)), reachedMs)
  })
})

const growTopics = async ({ client, names }: ServiceBench, count: number): Promise<void> => {
  const admin = client.kafka.admin()
  await admin.connect()
  await admin.createPartitions({
    topicPartitions: Object.values(names.input).map((topic) => ({ topic, count })),
  })
  await admin.disconnect()
}

/** A producer that knows of the new partitions. */
const feedAnew = async ({ client, names }: ServiceBench, events: readonly Event[]): Promise<void> => {
  const writer = await createKafkaEventWriter({
    client,
    topics: names.input,
    partitioner: 'murmur2',
    compression: 'gzip',
  })
  for (let from = 0; from < events.length; from += 500)
    await writer.write(events.slice(from, from + 500).map(toRecord))
  await writer.close()
}
