import { once } from 'node:events'
import { SchemaRegistryClient } from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import avsc, { type Schema, type Type } from 'avsc'
import type { IHeaders } from 'kafkajs'
import { afterEach, expect, it, vi } from 'vitest'
import { createKafkaSnapshotSink } from '../../src/kafka/snapshot-sink.ts'
import { createTopicReader } from '../../src/kafka/topic-reader.ts'
import { runCli, startCli } from '../commands/run-cli.ts'
import { simulateEvents } from '../support/load.ts'
import { isReplayed, replayTotals } from '../support/replayed.ts'
import { registryUrl } from '../support/servers.ts'
import { openServiceBench, type ServiceBench } from '../support/service.ts'

const sets = [[], ['channel']]
const timeoutMs = 30_000

let bench: ServiceBench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

const openAvroBench = async (): Promise<ServiceBench> =>
  openServiceBench(
    {
      kafka: { snapshotFormat: 'avro' },
      registry: { url: await registryUrl() },
      time: { source: 'events' },
      scopes: sets,
      publish: [{ scopes: sets, windows: ['total', 'now', 'interval-15m'], metrics: ['all'], everyMs: 500 }],
      labels: { channel: { voice: 'Telephone' } },
    },
    2,
  )

type AvroRecord = { readonly key: string; readonly value: unknown; readonly headers: IHeaders | undefined }

/** What a consumer sees that knows nothing but the registry: each value decoded by the schema of the id it bears. */
const readAvro = async ({ client }: ServiceBench, topicName: string): Promise<readonly AvroRecord[]> => {
  const registry = new SchemaRegistryClient({ baseURLs: [await registryUrl()] })
  const types = new Map<number, Type>()
  const messages: { key: string; value: Buffer; headers: IHeaders | undefined }[] = []
  const reader = await createTopicReader({
    client,
    topicName,
    groupPrefix: 'test-avro',
    onFatal: (error) => {
      throw error
    },
    onMessage: ({ key, value, headers }) => {
      if (value?.[0] === 0) messages.push({ key: String(key), value, headers })
    },
  })
  await reader.caughtUp
  await reader.close()
  const records: AvroRecord[] = []
  for (const { key, value, headers } of messages) {
    const id = value.readUInt32BE(1)
    const known =
      types.get(id) ?? compile((await registry.getBySubjectAndId(`${topicName}-value`, id)).schema)
    types.set(id, known)
    records.push({ key, value: known.fromBuffer(value.subarray(5)), headers })
  }
  return records
}

const compile = (schema: string): Type =>
  avsc.Type.forSchema(JSON.parse(schema) as Schema, { logicalTypes: { 'timestamp-millis': IsoTime } })

class IsoTime extends avsc.types.LogicalType {
  override _fromValue(value: unknown): string {
    return new Date(value as number).toISOString()
  }
}

/** Avro says null where JSON leaves out. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (one === null ? [] : [[name, withoutNulls(one)]])),
  )
}

const askWall = async (url: string): Promise<readonly unknown[]> => {
  const answer = await (await fetch(`${url}/api/v1/snapshots`)).json()
  return (answer as { readonly snapshots: readonly unknown[] }).snapshots
}

const old = { tenantId: 'old', scope: {}, window: { id: 'now' }, metrics: { marker: { value: 42 } } }

/** As a version or a configuration before wrote it. */
const publishOldJson = async ({ client, names }: ServiceBench): Promise<void> => {
  const { metrics: metricsTopic, intervals: intervalsTopic } = names
  const sink = await createKafkaSnapshotSink({ client, metricsTopic, intervalsTopic, compression: 'gzip' })
  await sink.publish([{ key: 'old||now', value: JSON.stringify(old), revision: 1 }])
  await sink.close()
}

it('where the schema of snapshots is not registered start ends with one line, exit 1, and doctor says so', async () => {
  bench = await openAvroBench()
  const service = bench.start()
  expect(await service.ended).toBe(1)
  expect(service.output()).toMatch(
    /^floorwatch: kafka\.snapshotFormat is avro, .*\.metrics\.v1-value: .*`floorwatch schemas register`\n$/,
  )
  const { stdout } = await runCli(['--config', bench.configFile, 'doctor'])
  for (const topic of ['metrics', 'intervals'] as const)
    expect(stdout).toContain(`✗ subject ${bench.names[topic]}-value: lacks this version’s schema`)
})

it('snapshots in Avro say what the JSON in Redis says, and walls show them beside those in JSON', {
  timeout: 120_000,
}, async () => {
  bench = await openAvroBench()
  const { configFile, names } = bench
  const registered = await runCli(['--config', configFile, 'schemas', 'register'])
  expect(registered.stdout).toContain(`✓ subject ${names.metrics}-value: registered`)
  expect(registered.stdout).toContain(`✓ subject ${names.intervals}-value: registered`)
  const events = simulateEvents({ seed: 5, eventsPerSecond: 1, events: 2_000 })
  await bench.feed(events)
  const service = bench.start()
  const expected = replayTotals(events, sets)
  await bench.until(isReplayed(expected), timeoutMs)
  const url = /wallboard {2}(\S+)/.exec(service.output())?.[1] ?? ''
  const settled = { timeout: timeoutMs, interval: 500 }
  await vi.waitFor(() => compareWithRedis(bench as ServiceBench), settled)
  // By now: what stands when a service begins, and nobody publishes, it takes back.
  await publishOldJson(bench)
  await vi.waitFor(async () => {
    const shown = await askWall(url)
    const views = await (bench as ServiceBench).snapshots()
    expect(shown).toHaveLength(views.size + 1)
    for (const view of [old, ...views.values()]) expect(shown).toContainEqual(view)
  }, settled)
  await vi.waitFor(async () => {
    const closed = await readAvro(bench as ServiceBench, names.intervals)
    expect(closed.map(({ key }) => key)).toContain('default||interval-15m|2026-03-03T08:00:00.000Z')
    for (const { value } of closed)
      expect(value).toMatchObject({ window: { id: 'interval-15m' }, final: false })
  }, settled)
})

/** Each view in Redis lies in the topic too, under its revision. */
const compareWithRedis = async (bench: ServiceBench): Promise<void> => {
  const views = await bench.snapshots()
  const records = await readAvro(bench, bench.names.metrics)
  for (const [key, view] of views) {
    const same = records.filter(
      (record) => record.key === key && String(record.headers?.ce_revision) === String(view.revision),
    )
    expect(same.map(({ value }) => withoutNulls(value))).toEqual([
      { 'floorwatch.v1.Snapshot': withoutNulls(view) },
    ])
    expect(String(same[0]?.headers?.['content-type'])).toBe('application/avro')
  }
  expect(records.some(({ value }) => 'floorwatch.v1.Heartbeat' in (value as object))).toBe(true)
}

it('a wall without a registry says once what it cannot read, and shows the rest', async () => {
  bench = await openServiceBench({}, 2)
  const { client, names, configFile } = bench
  await publishOldJson(bench)
  const sink = await createKafkaSnapshotSink({
    client,
    metricsTopic: names.metrics,
    intervalsTopic: names.intervals,
    compression: 'gzip',
    avro: { metrics: () => Buffer.from([0, 0, 0, 0, 9]), intervals: () => Buffer.from([0]) },
  })
  await sink.publish(['a', 'b'].map((tenant) => ({ key: `${tenant}||now`, value: '{}', revision: 2 })))
  await sink.close()
  const child = startCli(['--config', configFile, 'wallboard', '--port', '0'])
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
  })
  let printed = ''
  for await (const part of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += part
    if (printed.includes('Ctrl-C')) break
  }
  const shown = await askWall(/wallboard {2}(\S+)/.exec(printed)?.[1] ?? '')
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect(shown).toEqual([old])
  expect(said).toMatch(
    /^floorwatch: some snapshots cannot be read and are not shown: schema 9 is needed, .*\n$/,
  )
})
