import { existsSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { catalogueFor } from '../../src/core/metrics.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { withParents } from '../../src/core/scopes.ts'
import { parseWindow } from '../../src/core/windows.ts'
import { createZone } from '../../src/core/zone.ts'
import { readNdjson } from '../../src/files/ndjson.ts'
import { createReplay } from '../../src/replay.ts'
import { openServiceBench, type ServiceBench, type Snapshot } from '../support/service.ts'

const files = ['bank-02', 'italian', 'sudzilla'].map((name) => `../shared/data/${name}.ndjson.gz`)
const sets = [[], ['queueId']]

let events: readonly Event[]
let expected: ReadonlyMap<string, Snapshot>
let bench: ServiceBench | undefined

const readEvents = async (): Promise<Event[]> => {
  const missing = files.filter((file) => !existsSync(file))
  if (missing.length > 0)
    throw new Error(
      `real events are read from ../shared/data beside the checkout; absent: ${missing.join(', ')}`,
    )
  const read: Event[] = []
  for await (const batch of readNdjson(files))
    for (const { decoded } of batch) if (decoded.ok) read.push(decoded.event)
  return read
}

const replayAll = (all: readonly Event[]): ReadonlyMap<string, Snapshot> => {
  const total = parseWindow('total')
  if (!total.ok) throw new Error(total.detail)
  const replay = createReplay({
    shard: {
      rules: defaultRules,
      sets: withParents(sets),
      zone: createZone('UTC'),
      finestTier: 2,
      latenessMs: 86_400_000,
      eventsPerSubjectMax: 2_000,
      scopeKeysMax: 10_000,
    },
    rows: catalogueFor(defaultRules),
    windows: [total.window],
    sets,
    disorderMs: 5_000,
    liveSubjectsMax: 20_000,
    packedSubjectsMax: 400_000,
  })
  const found = new Map<string, Snapshot>()
  for (const _ of replay.feed(all)) throw new Error('no step was asked for')
  for (const { scope, ...snapshot } of replay.finish())
    found.set(`default|${scope.queueId === undefined ? '' : `queueId=${scope.queueId}`}|total`, {
      scope,
      ...snapshot,
    })
  return found
}

const settings = {
  time: { source: 'events' },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['total'], metrics: ['all'], everyMs: 500 }],
}

/** A scope nothing changed in at the end keeps an older snapshot: the whole tenant's tells how far the service is. */
const isDone = (snapshots: ReadonlyMap<string, Snapshot>): boolean =>
  expected.size === snapshots.size &&
  snapshots.get('default||total')?.asOf === expected.get('default||total')?.asOf

const expectReplayed = (snapshots: ReadonlyMap<string, Snapshot>): void => {
  for (const [key, snapshot] of expected) {
    expect(snapshots.get(key)?.metrics, key).toEqual(snapshot.metrics)
    expect(snapshots.get(key)?.worst, key).toEqual(snapshot.worst)
  }
}

beforeAll(async () => {
  events = await readEvents()
  expected = replayAll(events)
})

afterEach(async () => {
  await bench?.close()
  bench = undefined
})

describe('two processes on four partitions', () => {
  it('end with the numbers of the replay, events loaded before the start', { timeout: 240_000 }, async () => {
    bench = await openServiceBench(settings)
    await bench.feed(events)
    const processes = [bench.start(), bench.start()]
    expectReplayed(await bench.until(isDone, 180_000))
    for (const one of processes) expect(await one.kill('SIGTERM'), one.output()).toBe(0)
  })

  it('end with the same numbers when one is killed half-way and started again', {
    timeout: 240_000,
  }, async () => {
    bench = await openServiceBench(settings)
    const half = Math.floor(events.length / 2)
    await bench.feed(events.slice(0, half))
    const [victim] = [bench.start(), bench.start()]
    await bench.until((seen) => seen.size > 0, 120_000)
    await bench.feed(events.slice(half))
    await victim?.kill('SIGKILL')
    bench.start()
    expectReplayed(await bench.until(isDone, 180_000))
  })
})
