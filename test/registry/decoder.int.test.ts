import { SchemaRegistryClient } from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import { type Schema, Type } from 'avsc'
import { afterEach, describe, expect, test } from 'vitest'
import { describeAvro, describeJson } from '../../src/core/event-schemas.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { checkSchemas, registerSchemas } from '../../src/registry/register.ts'
import { registryUrl } from '../support/servers.ts'
import { type FakeRegistry, startFakeRegistry } from './fake-registry.ts'
import { recordOf, wireOf } from './registry-record.ts'

const callType = Type.forSchema(describeAvro('call-queue') as unknown as Schema)
const call = { eventId: 'e', type: 'call.ended', occurredAt: 5, callId: 'c' }
const callBytes = callType.toBuffer(call)
const callSchema = JSON.stringify({ schema: JSON.stringify(describeAvro('call-queue')) })

describe('with a real registry', () => {
  const run = `t${process.pid}-${Date.now()}`

  test('schemas are registered once, and checked', async () => {
    const registry = { url: await registryUrl(), timeoutMs: 5_000 }
    for (const format of ['avro', 'json'] as const) {
      const request = { registry, format, topicNameOf: (topic: string) => `${run}.${format}.${topic}` }
      expect((await checkSchemas(request)).map(({ state }) => state)).toEqual(Array(6).fill('missing'))
      const registered = await registerSchemas(request)
      expect(registered.map(({ state }) => state)).toEqual(Array(6).fill('registered'))
      expect(await registerSchemas(request)).toEqual(registered)
      expect(await checkSchemas(request)).toEqual(registered)
    }
  })

  test('Avro, JSON Schema and plain JSON are decoded as they come, at once when the schema is known', async () => {
    const url = await registryUrl()
    const client = new SchemaRegistryClient({ baseURLs: [url] })
    const avroId = await client.register(`${run}.mixed-avro`, JSON.parse(callSchema))
    const jsonId = await client.register(`${run}.mixed-json`, {
      schemaType: 'JSON',
      schema: JSON.stringify(describeJson('call-queue')),
    })
    const decoder = createRegistryDecoder({ registry: { url, timeoutMs: 5_000 } })
    const json = Buffer.from(JSON.stringify(call))
    const accepted = { ok: true, event: call }
    for (const value of [wireOf(avroId, callBytes), json, wireOf(jsonId, json)]) {
      expect(await decoder.decode(recordOf(value))).toMatchObject(accepted)
      expect(decoder.decode(recordOf(value))).toMatchObject(accepted)
    }
  })

  test('S10: an id that the registry does not know is a rejection', async () => {
    const decoder = createRegistryDecoder({ registry: { url: await registryUrl(), timeoutMs: 5_000 } })
    expect(await decoder.decode(recordOf(wireOf(1_999_999_999, callBytes)))).toMatchObject({
      ok: false,
      reason: 'unknown-schema',
    })
  })

  test('a schema that may not follow the last is not sent', async () => {
    const url = await registryUrl()
    const client = new SchemaRegistryClient({ baseURLs: [url] })
    const subject = `${run}.taken.call-queue-value`
    const other = { type: 'record', name: 'CallQueueEvent', namespace: 'floorwatch.v1', fields: [] }
    const strict = { ...other, fields: [{ name: 'eventId', type: 'int' }] }
    await client.register(subject, { schema: JSON.stringify(strict) })
    await client.updateConfig(subject, { compatibility: 'BACKWARD' as never })
    const request = {
      registry: { url, timeoutMs: 5_000 },
      format: 'avro',
      topicNameOf: (topic: string) => `${run}.taken.${topic}`,
    } as const
    const [first] = await registerSchemas(request)
    expect(first).toMatchObject({ subject, state: 'incompatible' })
    expect(await client.getAllVersions(subject)).toEqual([1])
  })
})

describe('with a registry that fails', () => {
  let fake: FakeRegistry | undefined
  afterEach(async () => fake?.close())

  test('S2 S4 S6: one question is asked for each id, however many records wait, and never again', async () => {
    fake = await startFakeRegistry((_, response) => setTimeout(() => response.end(callSchema), 50))
    const decoder = createRegistryDecoder({ registry: { url: fake.url, timeoutMs: 1_000 } })
    const record = recordOf(wireOf(3, callBytes))
    const all = await Promise.all(Array.from({ length: 50 }, () => decoder.decode(record)))
    expect(all.every(({ ok }) => ok)).toBe(true)
    expect(decoder.decode(record)).toMatchObject({ ok: true })
    expect(fake.asked).toHaveLength(1)
  })

  test('S4: an id whose answer hangs does not hold up another', async () => {
    fake = await startFakeRegistry((request, response) => {
      if (!request.url?.includes('/ids/8')) response.end(callSchema)
    })
    const decoder = createRegistryDecoder({ registry: { url: fake.url, timeoutMs: 2_000 } })
    const hung = Promise.resolve(decoder.decode(recordOf(wireOf(8, callBytes)))).catch(
      (error: unknown) => error,
    )
    expect(await decoder.decode(recordOf(wireOf(9, callBytes)))).toMatchObject({ ok: true })
    await fake.close()
    expect(await hung).toMatchObject({ code: 'registry-unavailable' })
  })

  test('S4: an unknown id is asked for again only after its time', async () => {
    let nowMs = 0
    fake = await startFakeRegistry((_, response) => {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"error_code":40403,"message":"Schema not found"}')
    })
    const registry = { url: fake.url, timeoutMs: 1_000 }
    const decoder = createRegistryDecoder({ registry, unknownSchemaTtlMs: 1_000, now: () => nowMs })
    const record = recordOf(wireOf(3, callBytes))
    expect(await decoder.decode(record)).toMatchObject({ reason: 'unknown-schema' })
    expect(decoder.decode(record)).toMatchObject({ reason: 'unknown-schema' })
    nowMs = 1_000
    expect(decoder.decode(record)).toBeInstanceOf(Promise)
    expect(await decoder.decode(record)).toMatchObject({ reason: 'unknown-schema' })
    expect(fake.asked).toHaveLength(2)
  })

  test.each([500, 503, 429, 401, 404])(
    'S10: HTTP %i without the registry’s own word is an outage',
    async (status) => {
      fake = await startFakeRegistry((_, response) => {
        response.writeHead(status)
        response.end('<html>')
      })
      const decoder = createRegistryDecoder({ registry: { url: fake.url, timeoutMs: 1_000 } })
      await expect(decoder.decode(recordOf(wireOf(3, callBytes)))).rejects.toMatchObject({
        code: 'registry-unavailable',
        retriable: true,
        message: expect.stringContaining(String(status)),
      })
    },
  )

  test('a page that is no answer is an outage, not a schema', async () => {
    fake = await startFakeRegistry((_, response) => response.end('<html>log in</html>'))
    const decoder = createRegistryDecoder({ registry: { url: fake.url, timeoutMs: 1_000 } })
    await expect(decoder.decode(recordOf(wireOf(3, callBytes)))).rejects.toMatchObject({
      code: 'registry-unavailable',
    })
  })

  test.each([
    ['says nothing', () => {}],
    ['trickles', trickle],
  ] as const)('S5: a registry that %s is given up in bounded time', async (_, answer) => {
    fake = await startFakeRegistry((_request, response) => answer(response))
    const decoder = createRegistryDecoder({ registry: { url: fake.url, timeoutMs: 200 } })
    const started = performance.now()
    await expect(decoder.decode(recordOf(wireOf(3, callBytes)))).rejects.toMatchObject({
      code: 'registry-unavailable',
    })
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('after an outage the same id is asked for again', async () => {
    let isUp = false
    fake = await startFakeRegistry((_, response) => {
      if (!isUp) response.writeHead(503)
      response.end(isUp ? callSchema : '')
    })
    const decoder = createRegistryDecoder({ registry: { url: fake.url, timeoutMs: 1_000 } })
    const record = recordOf(wireOf(3, callBytes))
    await expect(decoder.decode(record)).rejects.toMatchObject({ code: 'registry-unavailable' })
    isUp = true
    expect(await decoder.decode(record)).toMatchObject({ ok: true })
  })

  test('S10: the error of an outage carries no credentials, wherever one looks', async () => {
    const decoder = createRegistryDecoder({
      registry: { url: 'http://floor:s3cret@127.0.0.1:1/x', timeoutMs: 500 },
    })
    const error: unknown = await Promise.resolve(decoder.decode(recordOf(wireOf(3, callBytes)))).catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({ code: 'registry-unavailable' })
    const { inspect } = await import('node:util')
    const shown = inspect(error, { depth: 20, showHidden: true })
    expect(shown).not.toContain('s3cret')
    expect(shown).not.toContain(Buffer.from('floor:s3cret').toString('base64'))
    expect(shown).toContain('http://127.0.0.1:1/x')
  })

  test('user and password of the URL are sent', async () => {
    let sent: string | undefined
    fake = await startFakeRegistry((request, response) => {
      sent = request.headers.authorization
      response.end(callSchema)
    })
    const url = fake.url.replace('http://', 'http://floor:s3%40cret@')
    await createRegistryDecoder({ registry: { url, timeoutMs: 1_000 } }).decode(
      recordOf(wireOf(3, callBytes)),
    )
    expect(sent).toBe(`Basic ${Buffer.from('floor:s3@cret').toString('base64')}`)
  })
})

function trickle(response: { write(text: string): boolean; readonly destroyed: boolean }): void {
  const timer = setInterval(() => (response.destroyed ? clearInterval(timer) : response.write(' ')), 50)
}
