import { expect, test } from 'vitest'
import { rulesOf } from '../../src/config-rules.ts'
import { type Event, parseEvent, subjectKey } from '../../src/core/events.ts'
import { stateFacts } from '../../src/core/facts.ts'
import { encodeSubject } from '../../src/core/subject-codec.ts'
import { createRedisStore } from '../../src/redis/store.ts'
import { runCli } from './run-cli.ts'
import { openSurroundings } from './surroundings.ts'

const raw = {
  eventId: 'e1',
  type: 'call.queued',
  occurredAt: '2026-03-02T08:00:00Z',
  callId: 'a|b',
  queueId: 'q',
}

function parse(value: object): Event {
  const parsed = parseEvent(value)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.event
}

test('a subject is found in whatever shard it lies, with what it contributed', async () => {
  const { env, config, makeTopics } = await openSurroundings()
  await makeTopics(3)
  const { url, keyPrefix } = config.redis
  const logger = { debug: () => undefined }
  const store = await createRedisStore({ url, keyPrefix, commandTimeoutMs: 5_000, logger, chainLength: 4 })
  const events = [parse({ ...raw, tenantId: 'acme' })]
  const { rules } = rulesOf(config)
  const facts = stateFacts('call', events, { rules, intern: (dimensions) => dimensions })
  const { epoch, lastId } = await store.takeShard(2, Date.now())
  const subject = encodeSubject({ tenantId: 'acme', id: 'a|b' }, { events, ...facts })
  await store.commit(2, {
    epoch,
    previousId: lastId,
    id: 'one',
    head: new Uint8Array([1]),
    subjects: new Map([[subjectKey(events[0] as Event), subject]]),
    cells: new Map(),
    open: new Map(),
    journal: new Map(),
  })
  await store.close()
  const { code, stdout } = await runCli(['inspect', 'call/a|b', '--tenant', 'acme', '--json'], { env })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    tenantId: 'acme',
    kind: 'call',
    id: 'a|b',
    events: [{ eventId: 'e1', occurredAt: '2026-03-02T08:00:00.000Z' }],
    contributions: expect.arrayContaining([
      {
        at: '2026-03-02T08:00:00.000Z',
        measure: 'waiting',
        value: 1,
        dimensions: expect.objectContaining({ queueId: 'q' }),
      },
    ]),
  })
  const other = await runCli(['inspect', 'call/a|b'], { env })
  expect(other.code).toBe(1)
  expect(other.stderr).toMatch(
    /^floorwatch: call\/a\|b: nothing is known of it in Redis \(tenant default\).*\n$/,
  )
})
