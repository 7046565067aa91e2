import { Redis } from 'ioredis'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { chromiumPath, kafkaBrokers, redisUrl, registryUrl, startKafka, startRedis } from '../servers.ts'

const longAgo = '946684800000'

test('Kafka keeps a record that is dated decades ago and creates no topic by itself', async () => {
  const kafka = new Kafka({ brokers: await kafkaBrokers(), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer()
  const topic = `servers-test-${crypto.randomUUID()}`
  await admin.connect()
  await producer.connect()
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] })
  await expect.poll(() => hasLeader(admin, topic), { timeout: 20_000 }).toBe(true)
  await producer.send({ topic, messages: [{ value: 'old', timestamp: longAgo }] })
  const [offsets] = await admin.fetchTopicOffsets(topic)
  expect(offsets).toMatchObject({ low: '0', high: '1' })
  expect(await admin.fetchTopicOffsetsByTimestamp(topic, Number(longAgo) - 1)).toMatchObject([
    { offset: '0' },
  ])
  expect(await admin.listTopics()).not.toContain(`${topic}-other`)
  await expect(admin.fetchTopicMetadata({ topics: [`${topic}-other`] })).rejects.toThrow()
  await producer.disconnect()
  await admin.disconnect()
})

/** A broker may not know a topic just after it was made. */
const hasLeader = async (admin: Admin, topic: string): Promise<boolean> => {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions[0]?.partitionErrorCode === 0
  } catch {
    return false
  }
}

test("a test's own Kafka is not the one that all tests share", async () => {
  const server = await startKafka()
  expect(await kafkaBrokers()).not.toContain(server.address)
  const admin = new Kafka({ brokers: [server.address], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  expect(await admin.listTopics()).toEqual([])
  await admin.disconnect()
  await server.stop()
})

test('Redis answers and evicts nothing', async () => {
  const redis = new Redis(await redisUrl())
  expect(await redis.ping()).toBe('PONG')
  expect(await redis.config('GET', 'maxmemory-policy')).toContain('noeviction')
  redis.disconnect()
})

test("a test's own Redis has the settings it asked for and is gone once stopped", async () => {
  const server = await startRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } })
  const redis = new Redis(server.address)
  expect(await redis.config('GET', 'maxmemory-policy')).toContain('allkeys-lru')
  redis.disconnect()
  await server.stop()
  await server.stop()
  const late = new Redis(server.address, { lazyConnect: true, retryStrategy: () => null })
  late.on('error', () => {})
  await expect(late.connect()).rejects.toThrow()
})

test('the registry takes a schema and gives it back by its id', async () => {
  const registry = await registryUrl()
  const schema = JSON.stringify({ type: 'record', name: 'Probe', fields: [{ name: 'a', type: 'string' }] })
  const registered = await fetch(`${registry}/subjects/servers-test-${crypto.randomUUID()}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  })
  const { id } = (await registered.json()) as { id: number }
  const found = (await (await fetch(`${registry}/schemas/ids/${id}`)).json()) as { schema: string }
  expect(JSON.parse(found.schema)).toEqual(JSON.parse(schema))
})

test('Chromium opens a page', async () => {
  const browser = await chromium.launch({
    executablePath: await chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  })
  const page = await browser.newPage()
  await page.setContent('<title>floor</title>')
  expect(await page.title()).toBe('floor')
  await browser.close()
})
