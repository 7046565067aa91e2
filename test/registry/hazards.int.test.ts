import { execFile } from 'node:child_process'
import type { IncomingMessage, RequestListener } from 'node:http'
import { promisify } from 'node:util'
import { type Schema, Type } from 'avsc'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { describeAvro } from '../../src/core/event-schemas.ts'
import { topics } from '../../src/core/topics.ts'
import type { RecordDecoder } from '../../src/ports.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { registerSchemas } from '../../src/registry/register.ts'
import { type FakeRegistry, startFakeRegistry } from './fake-registry.ts'
import { recordOf, wireOf } from './registry-record.ts'

const opened: FakeRegistry[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const registry of opened.splice(0)) await registry.close()
})

async function startRegistry(answer: RequestListener): Promise<FakeRegistry> {
  const registry = await startFakeRegistry(answer)
  opened.push(registry)
  return registry
}

const call = { eventId: 'e', type: 'call.ended', occurredAt: 5, callId: 'c' }
const callSchema = JSON.stringify(describeAvro('call-queue'))
const callType = Type.forSchema(JSON.parse(callSchema) as Schema)
const avroAnswer = JSON.stringify({ schema: callSchema })
const jsonAnswer = JSON.stringify({ schema: '{"type":"object"}', schemaType: 'JSON' })

const decoderFor = ({ url }: FakeRegistry) => createRegistryDecoder({ registry: { url, timeoutMs: 2_000 } })
const decodeWire = async (decoder: RecordDecoder, id: number, value: Uint8Array) =>
  decoder.decode(recordOf(wireOf(id, value)))

describe('S1: the serializers of the registry’s client', () => {
  test('S1: records of any topic ask for the schema by its id, once, and for no association or subject', async () => {
    const registry = await startRegistry((_, response) => response.end(avroAnswer))
    const decoder = decoderFor(registry)
    for (const topicName of ['acme.calls', 'acme.others', 'calls']) {
      const record = { ...recordOf(wireOf(3, callType.toBuffer(call))), topicName }
      expect(await decoder.decode(record)).toMatchObject({ ok: true, event: call })
    }
    expect(registry.asked).toEqual(['/schemas/ids/3?subject='])
  })

  test('S1: they are not even loaded', async () => {
    const room = (name: string) =>
      JSON.stringify(new URL(`../../src/registry/${name}.ts`, import.meta.url).href)
    const script = `import { createRequire } from 'node:module'
      await import(${room('decoder')})
      await import(${room('register')})
      const files = Object.keys(createRequire(${room('decoder')}).cache)
      console.log(JSON.stringify(files.filter((file) => file.includes('schemaregistry'))))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    const loaded = JSON.parse(stdout) as string[]
    expect(loaded.some((file) => file.endsWith('schemaregistry-client.js'))).toBe(true)
    expect(loaded.filter((file) => /serde\/(avro|json|protobuf)\.js$/.test(file))).toEqual([])
  })
})

describe('S3: schemas made from messages', () => {
  test('S3: nothing is registered as records come, whatever their shapes', async () => {
    const methods: string[] = []
    const registry = await startRegistry(({ method = '', url = '' }, response) => {
      methods.push(`${method} ${url}`)
      response.end(url.includes('/ids/1?') ? avroAnswer : jsonAnswer)
    })
    const decoder = decoderFor(registry)
    const shapes = [call, { ...call, queueId: null }, { ...call, attributes: { region: 'north' } }]
    for (const shape of shapes) {
      const { queueId: _, ...present } = { queueId: null, ...shape }
      expect(await decodeWire(decoder, 1, callType.toBuffer(present))).toMatchObject({ ok: true })
      for (const value of [shape, { ...shape, extra: [1, { two: 2 }] }]) {
        expect(await decodeWire(decoder, 2, Buffer.from(JSON.stringify(value)))).toMatchObject({ ok: true })
      }
    }
    expect(methods).toEqual(['GET /schemas/ids/1?subject=', 'GET /schemas/ids/2?subject='])
  })

  test('S3: what the command registers are the declared schemas, each under its own subject', async () => {
    const registered: [string, unknown][] = []
    const registry = await startRegistry(async (request, response) => {
      if (!request.url?.includes('/versions?')) {
        response.writeHead(404, { 'content-type': 'application/json' })
        response.end('{"error_code":40401,"message":"Subject not found"}')
        return
      }
      registered.push([request.url, JSON.parse(JSON.parse(await bodyOf(request)).schema)])
      response.end('{"id":1}')
    })
    await registerSchemas({
      registry: { url: registry.url, timeoutMs: 2_000 },
      format: 'avro',
      topicNameOf: (topic) => topic,
    })
    expect(registered).toEqual(
      topics.map((topic) => [
        `/subjects/${topic}-value/versions?normalize=false`,
        JSON.parse(JSON.stringify(describeAvro(topic))),
      ]),
    )
  })
})

describe('S9: two registries in one process', () => {
  test('S9: each question goes to the registry it is for, however many are under way', async () => {
    const answerSlowly: RequestListener = (_, response) => setTimeout(() => response.end(avroAnswer), 20)
    const [north, south] = [await startRegistry(answerSlowly), await startRegistry(answerSlowly)]
    const decoders = [decoderFor(north), decoderFor(south)] as const
    const value = callType.toBuffer(call)
    const ids = Array.from({ length: 10 }, (_, index) => index + 1)
    await Promise.all(
      ids.flatMap((id) => decoders.map((decoder, side) => decodeWire(decoder, id + 100 * side, value))),
    )
    expect(north.asked.toSorted()).toEqual(ids.map((id) => `/schemas/ids/${id}?subject=`).toSorted())
    expect(south.asked.toSorted()).toEqual(ids.map((id) => `/schemas/ids/${id + 100}?subject=`).toSorted())
  })
})

describe('S12: Protobuf', () => {
  test('S12: a Protobuf schema is asked for once, and its records are dead letters', async () => {
    const answer = JSON.stringify({ schema: 'message Call { string id = 1; }', schemaType: 'PROTOBUF' })
    const registry = await startRegistry((_, response) => response.end(answer))
    const decoder = decoderFor(registry)
    for (let round = 0; round < 100; round += 1) {
      expect(await decodeWire(decoder, 4, Buffer.from([0, 10, 1, 99]))).toMatchObject({
        ok: false,
        reason: 'unknown-schema',
        detail: expect.stringContaining('PROTOBUF'),
      })
    }
    expect(registry.asked).toHaveLength(1)
  })
})

describe('S13: the cost of a record', () => {
  test('S13: after the first record of a schema its text is looked at no more, however long it is', async () => {
    const long = { ...JSON.parse(callSchema), doc: 'x'.repeat(200_000) }
    const registry = await startRegistry((_, response) =>
      response.end(JSON.stringify({ schema: JSON.stringify(long) })),
    )
    const decoder = decoderFor(registry)
    const record = recordOf(wireOf(5, callType.toBuffer(call)))
    expect(await decoder.decode(record)).toMatchObject({ ok: true })
    const parsed = vi.spyOn(JSON, 'parse')
    const written = vi.spyOn(JSON, 'stringify')
    const decoded = Array.from({ length: 1_000 }, () => decoder.decode(record))
    expect([parsed, written].map(({ mock }) => mock.calls.length)).toEqual([0, 0])
    vi.restoreAllMocks()
    expect(decoded.every((one) => !(one instanceof Promise) && one.ok)).toBe(true)
    expect(registry.asked).toHaveLength(1)
  })
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}
