import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createKafkaSnapshotSink } from '../../src/kafka/snapshot-sink.ts'
import { runCli, startCli } from './run-cli.ts'
import { openSurroundings } from './surroundings.ts'

test('the wall shows what lies in the snapshot topic, and ends at SIGTERM with 0', async () => {
  const { env, names, client, makeTopics } = await openSurroundings()
  await makeTopics(1)
  const sink = await createKafkaSnapshotSink({
    client,
    metricsTopic: names.metrics,
    intervalsTopic: names.intervals,
    compression: 'gzip',
  })
  const value = JSON.stringify({ tenantId: 'acme', scope: {}, metrics: { marker: { value: 42 } } })
  await sink.publish([{ key: 'acme||now', value, revision: 1 }])
  await sink.close()
  const child = startCli(['wallboard', '--port', '0'], { env })
  let printed = ''
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
  })
  for await (const part of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += part
    if (printed.includes('Ctrl-C')) break
  }
  expect(printed).toContain(`Floorwatch shows ${names.metrics}\n`)
  const url = /wallboard {2}(\S+)/.exec(printed)?.[1] ?? ''
  const answer = await fetch(`${url}/api/v1/snapshots`)
  expect(await answer.text()).toContain('"marker":{"value":42}')
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect({ code, said }).toEqual({ code: 0, said: '' })
})

test('a snapshot topic that does not exist is one line, exit 1', async () => {
  const { env } = await openSurroundings()
  const { code, stderr } = await runCli(['wallboard', '--port', '0'], { env })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^floorwatch: .*metrics\.v1 does not exist on .*\n$/)
})

test('a port that is none is refused, exit 2', async () => {
  const { code, stderr } = await runCli(['wallboard', '--port', 'http'])
  expect(code).toBe(2)
  expect(stderr).toBe("floorwatch: --port: 'http' is no whole number from 0 to 65535\n")
})
