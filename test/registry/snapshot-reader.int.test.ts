import { afterEach, expect, test } from 'vitest'
import { describeSnapshotAvro } from '../../src/core/snapshot-avro.ts'
import { createSnapshotReader } from '../../src/registry/snapshot-reader.ts'
import { createSnapshotWriter } from '../../src/registry/snapshot-writer.ts'
import { type FakeRegistry, startFakeRegistry } from './fake-registry.ts'
import { wireOf } from './registry-record.ts'

let fake: FakeRegistry | undefined
afterEach(() => fake?.close())

const emittedAt = '2026-03-03T08:00:00.000Z'
const heartbeat = `{"publisher":0,"asOf":null,"watermark":null,"lastEventAt":null,"emittedAt":"${emittedAt}","revision":1}`
const schema = JSON.stringify({ schema: JSON.stringify(describeSnapshotAvro('metrics')) })

/** A registry that answers with `answer.status`, and a reader whose clock is moved by hand. */
const openReader = async () => {
  const answer = { status: 200 }
  const clock = { nowMs: 0 }
  const asked: FakeRegistry = await startFakeRegistry((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(answer.status === 200 ? schema : '{"error_code":40403,"message":"none"}')
  })
  fake = asked
  const registry = { url: asked.url, timeoutMs: 1_000 }
  return {
    read: createSnapshotReader({ registry, now: () => clock.nowMs }),
    answer,
    clock,
    asked: asked.asked,
  }
}

const written = createSnapshotWriter('metrics', 5)(heartbeat)

test('Avro and JSON are read as they come, at once when the schema is known', async () => {
  const { read, asked } = await openReader()
  expect(read(Buffer.from('{"a":1}'))).toEqual({ ok: true, text: '{"a":1}' })
  expect(await read(written)).toEqual({ ok: true, text: heartbeat })
  expect(read(written)).toEqual({ ok: true, text: heartbeat })
  expect(asked).toHaveLength(1)
})

test('a registry that is out is asked again after 30 s, and what it told before stays known', async () => {
  const { read, answer, clock, asked } = await openReader()
  await read(written)
  answer.status = 500
  const other = createSnapshotWriter('metrics', 6)(heartbeat)
  expect(await read(other)).toMatchObject({ ok: false, isOutage: true })
  const askedBefore = asked.length
  expect(await read(other)).toMatchObject({ ok: false, isOutage: true })
  expect(read(written)).toEqual({ ok: true, text: heartbeat })
  expect(asked).toHaveLength(askedBefore)
  answer.status = 200
  clock.nowMs = 30_000
  expect(await read(other)).toEqual({ ok: true, text: heartbeat })
})

test('what cannot be read for good is no outage, and says why', async () => {
  const { read, answer } = await openReader()
  const isOutage = false
  expect(read(Buffer.from([0, 1]))).toEqual({
    ok: false,
    isOutage,
    detail: 'the value ends within the schema id; send it whole',
  })
  expect(read(Buffer.from([0xff, 0xfe]))).toEqual({ ok: false, isOutage, detail: 'a value is not UTF-8' })
  expect(await read(wireOf(5, Buffer.from([9])))).toMatchObject({ ok: false, isOutage })
  answer.status = 404
  expect(await read(wireOf(8, Buffer.from([9])))).toEqual({
    ok: false,
    isOutage,
    detail: 'the registry has no schema 8; set registry.url to the one that its producer registers with',
  })
})
