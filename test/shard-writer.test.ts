import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { FloorwatchError } from '../src/errors.ts'
import type { CommitOutcome, RecordDecoder, StateStore } from '../src/ports.ts'
import { createRegistryDecoder } from '../src/registry/decoder.ts'
import { type Centre, countersOf, createCentre, type Process } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const queued = (callId: string, occurredAt = startMs, fields: object = {}): Event =>
  ({
    type: 'call.queued',
    tenantId: 'acme',
    eventId: 'e-1',
    callId,
    queueId: 'billing',
    direction: 'inbound',
    occurredAt,
    ...fields,
  }) as Event

const config = {
  scopes: [[]],
  limits: { eventsPerSubjectMax: 10 },
  publish: [{ scopes: [[]], windows: ['total'], metrics: ['callsOffered'], everyMs: 100 }],
}

const pass = async ({ clock }: Centre, process: Process, turns = 3): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    clock.nowMs += 1_000
    await process.settle()
  }
}

const offered = (centre: Centre) => centre.current().get('acme||total')?.metrics.callsOffered?.value
const lettersOf = ({ deadLetters }: Centre) =>
  deadLetters.letters().map(({ reason, record }) => `${reason} ${record.topic} ${record.offset}`)
const detailsOf = ({ deadLetters }: Centre) =>
  deadLetters.letters().map(({ reason, detail }) => `${reason}: ${detail}`)
const linesOf = ({ logged }: Centre) => logged.map(({ message, part }) => `${message}: ${part}`)

describe('dead letters', () => {
  test('what is no event is refused with its reason and its origin, and the rest goes on', async () => {
    const centre = createCentre({ config, startMs })
    const at = { timestampMs: startMs }
    centre.log.append('call-queue', { key: 'call-1', value: '{"type"', ...at })
    centre.log.append('call-queue', { key: 'call-1', value: '{"type":"call.queued"}', ...at })
    centre.log.append('call-queue', { key: 'call-1', value: '{"type":"call.sung"}', ...at })
    centre.feed([queued('old', startMs - 86_400_001)], at)
    centre.feed([queued('future', startMs + 60_001)], at)
    centre.feed([queued('fine')])
    await pass(centre, await centre.join())
    expect(lettersOf(centre)).toEqual([
      'malformed call-queue 0',
      'invalid call-queue 1',
      'unknown-type call-queue 2',
      'too-old call-queue 3',
      'from-the-future call-queue 4',
    ])
    expect(detailsOf(centre)).toEqual([
      expect.stringMatching(/^malformed: the value is not JSON.*; write one JSON object$/),
      'invalid: eventId: is missing; add a string (and 3 more)',
      expect.stringMatching(/^unknown-type: type: "call\.sung" is not known; use one of call\.queued, /),
      'too-old: dated 86400001 ms before its record, more than time.latenessMs (86400000); deliver it sooner, or raise that',
      "from-the-future: dated 60001 ms after its record, more than time.skewMs (60000); set its producer's clock, or raise that",
    ])
    expect(offered(centre)).toBe(1)
  })

  test('a record in a partition that its key does not give is misrouted', async () => {
    const centre = createCentre({ config, startMs, partitions: 2 })
    const process = await centre.join()
    centre.feed([queued('call-1')], { partition: 0 })
    centre.feed([queued('call-1')], { partition: 1 })
    await pass(centre, process)
    const [letter, ...others] = centre.deadLetters.letters()
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      reason: 'misrouted',
      detail: `lies in partition ${letter?.record.partition}, murmur2 of its subject's id gives ${1 - Number(letter?.record.partition)}; key it by that id, or set kafka.partitioner as its producer has it`,
    })
    expect(offered(centre)).toBe(1)
  })

  test('of two payloads under one id the loser is refused, and says so where the winner came second', async () => {
    const centre = createCentre({ config, startMs })
    centre.feed([queued('call-1', startMs + 1), queued('call-1', startMs), queued('call-1', startMs + 2)])
    await pass(centre, await centre.join())
    expect(detailsOf(centre)).toEqual([
      'conflicting: counts, and the payload that came before it under its eventId no longer does; give each event an eventId of its own',
      'conflicting: does not count, because another payload under its eventId does; give each event an eventId of its own',
    ])
  })

  test('a subject takes no more events than it may', async () => {
    const centre = createCentre({ config, startMs })
    centre.feed(
      Array.from({ length: 12 }, (_, index) => queued('call-1', startMs + index, { eventId: `e-${index}` })),
    )
    await pass(centre, await centre.join())
    const words = 'the subject holds as many events as it may; raise limits.eventsPerSubjectMax'
    expect(detailsOf(centre)).toEqual([`subject-too-long: ${words}`, `subject-too-long: ${words}`])
  })

  test('they are sent before the commit that moves past them', async () => {
    const centre = createCentre({ config, startMs })
    const order: string[] = []
    const deadLetters = {
      ...centre.deadLetters,
      send: async (letters: Parameters<typeof centre.deadLetters.send>[0]) => {
        order.push(`letters ${letters.length}`)
      },
    }
    const store: StateStore = {
      ...centre.store,
      commit: (shard, commit) => {
        order.push('commit')
        return centre.store.commit(shard, commit)
      },
    }
    centre.log.append('call-queue', { key: 'call-1', value: '{', timestampMs: startMs })
    await (await centre.join({ store, deadLetters })).round()
    expect(order).toEqual(['letters 1', 'commit'])
  })

  test('under events, too old is judged from what stands before in the log, after a restart as before', async () => {
    const time = { source: 'events', latenessMs: 60_000 }
    const run = async (isRestarted: boolean): Promise<Centre> => {
      const centre = createCentre({ config: { ...config, time }, startMs })
      const first = await centre.join()
      centre.feed([queued('call-1', startMs + 100_000)])
      await first.settle()
      centre.feed([queued('call-2', startMs + 39_999), queued('call-3', startMs + 40_000)])
      await (isRestarted ? await centre.join() : first).settle()
      return centre
    }
    for (const isRestarted of [false, true])
      expect(lettersOf(await run(isRestarted))).toEqual(['too-old call-queue 1'])
  })
})

describe('counters', () => {
  test('every record is one of applied, duplicate, not counted, refused; and they outlive the process', async () => {
    const centre = createCentre({ config, startMs })
    centre.feed([queued('call-1'), queued('call-1'), queued('call-2')])
    centre.log.append('ticket', { key: 'x', value: '{', timestampMs: startMs })
    const foreign = {
      type: 'event.retracted',
      agentId: 'anna',
      retracts: 'e-9',
      eventId: 'e-1',
      tenantId: 'acme',
    }
    const value = JSON.stringify({ ...foreign, occurredAt: startMs })
    centre.log.append('ticket', { key: 'anna', value, timestampMs: startMs })
    await pass(centre, await centre.join())
    centre.feed([queued('call-3')])
    await pass(centre, await centre.join())
    expect(countersOf(await centre.heads())).toEqual({
      records: 6,
      applied: 3,
      duplicate: 1,
      notCounted: 1,
      'deadLetter.malformed': 1,
      capped: 0,
      orphan: 0,
    })
  })

  test('late is what is accepted and dated before its record by more than the disorder, each once', async () => {
    const centre = createCentre({ config, startMs })
    const late = queued('call-3', startMs - 5_001)
    centre.feed([queued('call-1'), queued('call-2', startMs - 5_000), late, late], { timestampMs: startMs })
    await pass(centre, await centre.join())
    expect(countersOf(await centre.heads())).toMatchObject({ applied: 3, duplicate: 1, late: 1 })
  })

  test('under events, late is judged against what stands before it in its own partition of its topic', async () => {
    const centre = createCentre({ config: { ...config, time: { source: 'events' } }, startMs })
    centre.feed([queued('call-1', startMs + 5_001), queued('call-2', startMs + 1), queued('call-3')])
    await pass(centre, await centre.join())
    expect(countersOf(await centre.heads())).toMatchObject({ applied: 3, late: 1 })
  })

  test('orphan is the outcomes without a beginning that stand in the state, after a restart too', async () => {
    const centre = createCentre({ config, startMs })
    const answered = (callId: string): Event =>
      queued(callId, startMs + 500, { type: 'call.answered', eventId: 'e-2', agentId: 'anna' })
    centre.feed([answered('call-1'), answered('call-2')])
    await pass(centre, await centre.join())
    expect(countersOf(await centre.heads()).orphan).toBe(2)
    centre.feed([queued('call-1', startMs)])
    await pass(centre, await centre.join())
    expect(countersOf(await centre.heads()).orphan).toBe(1)
  })
})

/** Answers each commit as told, after or without having done it. */
const doubtfulStore = (
  store: StateStore,
  answers: (CommitOutcome | 'lost' | 'out' | 'done')[],
): StateStore => ({
  ...store,
  commit: async (shard, commit) => {
    const answer = answers.shift() ?? 'done'
    if (answer === 'out') throw new FloorwatchError('redis-unavailable', 'no connection')
    if (answer === 'diverged') return 'diverged'
    const outcome = await store.commit(shard, commit)
    if (answer === 'lost') throw new FloorwatchError('redis-outcome-unknown', 'no reply')
    return outcome
  },
})

describe('doubt', () => {
  test('a lost reply, a diverged chain and a store that is out change no number', async () => {
    for (const answer of ['lost', 'diverged', 'out'] as const) {
      const centre = createCentre({ config, startMs })
      const process = await centre.join({ store: doubtfulStore(centre.store, [answer, 'done', answer]) })
      centre.feed([queued('call-1'), queued('call-2')])
      await pass(centre, process)
      centre.feed([queued('call-3', startMs + 2_000)])
      await pass(centre, process, 8)
      expect(offered(centre), answer).toBe(3)
      expect(countersOf(await centre.heads()).applied, answer).toBe(3)
    }
  })

  test('an outage of the store is one line when it begins and one when it ends', async () => {
    const centre = createCentre({ config, startMs })
    let isOut = false
    const ask = <T>(act: () => Promise<T>): Promise<T> => {
      if (isOut) throw new FloorwatchError('redis-unavailable', 'no connection')
      return act()
    }
    const store: StateStore = {
      ...centre.store,
      commit: async (shard, commit) => ask(() => centre.store.commit(shard, commit)),
      takeShard: async (shard, nowMs) => ask(() => centre.store.takeShard(shard, nowMs)),
      readChanges: async (shard, request) => ask(() => centre.store.readChanges(shard, request)),
    }
    const process = await centre.join({ store })
    await pass(centre, process)
    isOut = true
    centre.feed([queued('call-1', startMs)])
    await pass(centre, process, 60)
    isOut = false
    await pass(centre, process, 10)
    expect(linesOf(centre)).toEqual(['outage began: redis', 'outage ended: redis'])
    expect(offered(centre)).toBe(1)
  })

  test('an outage of the registry pauses its shard and loses nothing; the others commit on', async () => {
    const centre = createCentre({ config, startMs, partitions: 2 })
    const plain = createRegistryDecoder({})
    let isOut = true
    const decoder: RecordDecoder = {
      ...plain,
      decode: async (record) => {
        if (isOut && record.partition === 1) throw new FloorwatchError('registry-unavailable', 'refused')
        return plain.decode(record)
      },
    }
    const process = await centre.join({ decoder })
    const calls = Array.from({ length: 20 }, (_, index) => queued(`call-${index}`))
    centre.feed(calls)
    await pass(centre, process, 10)
    expect(linesOf(centre)).toEqual(['outage began: registry'])
    expect(centre.deadLetters.count()).toBe(0)
    isOut = false
    await pass(centre, process, 10)
    expect(linesOf(centre)).toEqual(['outage began: registry', 'outage ended: registry'])
    expect(offered(centre)).toBe(20)
  })
})
