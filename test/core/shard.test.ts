import { describe, expect, test } from 'vitest'
import { readSlot } from '../../src/core/cell.ts'
import { subjectKey } from '../../src/core/events.ts'
import { type Measure, measures, slotOf } from '../../src/core/measures.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { createShard, type Shard, type ShardOptions } from '../../src/core/shard.ts'
import { createZone } from '../../src/core/zone.ts'
import { makeEvent } from '../support/oracle/make-event.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const second = 1_000
const day = 86_400_000
const key = 'default|call|call'

const shardWith = (options: Partial<ShardOptions> = {}): Shard =>
  createShard({
    rules: defaultRules,
    sets: [[], ['queueId']],
    zone: createZone('UTC'),
    finestTier: 0,
    totalSets: [[], ['queueId']],
    latenessMs: day,
    forgets: true,
    eventsPerSubjectMax: 5,
    scopeKeysMax: 10,
    tracksChanges: true,
    ...options,
  })

/** How many stand in the running cell of a scope. */
const held = (shard: Shard, measure: Measure, scope = 'default|'): number => {
  const cells = shard.scopes.byKey.get(scope)?.cells
  return cells ? readSlot(cells.running, slotOf(measure, 0)) : 0
}

const moveTo = (shard: Shard, toMs: number): void => {
  const { keys, reachedMs } = shard.takeDue(toMs, 100)
  expect(reachedMs).toBe(toMs)
  shard.advance(toMs, keys)
}

const queued = (own: Readonly<Record<string, unknown>> = {}) => makeEvent('call.queued', startMs, own)
const answered = (afterMs: number) => makeEvent('call.answered', startMs + afterMs)

describe('placing', () => {
  test('filing places nothing, advancing past the instant does', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    expect(held(shard, measures.callsOffered)).toBe(0)
    moveTo(shard, startMs)
    expect(held(shard, measures.callsOffered)).toBe(0)
    moveTo(shard, startMs + 1)
    expect(held(shard, measures.callsOffered)).toBe(1)
  })

  test('what lies in the future waits in the due-index and is withdrawn untouched', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    moveTo(shard, startMs + 1)
    shard.fileEvent(answered(4 * second))
    moveTo(shard, startMs + day)
    expect(held(shard, measures.callsExpired)).toBe(0)
    expect(held(shard, measures.waiting)).toBe(0)
    expect(held(shard, measures.waitAnswered)).toBe(1)
  })

  test('a visit without an outcome expires when as-of passes its expiry', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    moveTo(shard, startMs + 1)
    moveTo(shard, startMs + defaultRules.visitExpiryMs)
    expect(held(shard, measures.callsExpired)).toBe(0)
    moveTo(shard, startMs + defaultRules.visitExpiryMs + 1)
    expect(held(shard, measures.callsExpired)).toBe(1)
    expect(held(shard, measures.waiting)).toBe(0)
  })

  test('a late event takes back what was placed and places what now holds', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    moveTo(shard, startMs + day)
    expect(held(shard, measures.callsExpired)).toBe(1)
    shard.fileEvent(answered(4 * second))
    moveTo(shard, startMs + day)
    expect(held(shard, measures.callsExpired)).toBe(0)
    expect(held(shard, measures.waitAnswered)).toBe(1)
  })

  test('changed dimensions move what was placed to the other scope', () => {
    const shard = shardWith()
    shard.fileEvent(queued({ eventId: 'q', queueId: 'sales' }))
    moveTo(shard, startMs + 1)
    expect(held(shard, measures.callsOffered, 'default|queueId=sales')).toBe(1)
    shard.fileEvent(queued({ eventId: 'q', queueId: 'billing' }))
    moveTo(shard, startMs + 1)
    expect(held(shard, measures.callsOffered, 'default|queueId=sales')).toBe(0)
    expect(held(shard, measures.callsOffered, 'default|queueId=billing')).toBe(1)
  })

  test('as-of never goes back', () => {
    const shard = shardWith()
    shard.advance(startMs, [])
    expect(() => shard.advance(startMs - 1, [])).toThrow('as-of never goes back')
  })

  test('a due subject that was not loaded is a defect', () => {
    expect(() => shardWith().advance(startMs, ['default|call|nobody'])).toThrow('was not loaded')
  })
})

describe('filing', () => {
  test('says what became of the event', () => {
    const shard = shardWith()
    const event = queued({ eventId: 'q' })
    expect(shard.fileEvent(event)).toBe('applied')
    expect(shard.fileEvent({ ...event })).toBe('duplicate')
    expect(shard.fileEvent(queued({ eventId: 'q', queueId: 'zzz' }))).toBe('conflicting-kept')
    expect(shard.fileEvent(queued({ eventId: 'q', queueId: 'aaa' }))).toBe('conflicting-replaced')
  })

  test('a subject past its cap takes no more', () => {
    const shard = shardWith()
    for (let index = 0; index < 5; index++) shard.fileEvent(answered(index))
    expect(shard.fileEvent(answered(9))).toBe('subject-too-long')
  })

  test('two tenants with one id have two subjects', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    shard.fileEvent(queued({ tenantId: 'other' }))
    expect(shard.subjectCount()).toBe(2)
  })
})

describe('forgetting', () => {
  const abandoned = makeEvent('call.abandoned', startMs + second)
  const gone = startMs + second + defaultRules.endedCallExpiryMs + day + 1

  test('an ended subject is forgotten when nothing accepted can join it any more, its numbers stay', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    shard.fileEvent(abandoned)
    moveTo(shard, startMs + day)
    moveTo(shard, gone - 1)
    expect(shard.isMissing(key)).toBe(false)
    moveTo(shard, gone)
    expect(shard.isMissing(key)).toBe(true)
    expect(held(shard, measures.waitAbandoned)).toBe(1)
    const { subjects, open } = shard.takeDelta()
    expect([subjects.get(key), open.get(key)]).toEqual([null, null])
  })

  test('what is heard again afterwards is another life: a second copy counts', () => {
    const shard = shardWith()
    const call = [queued(), abandoned]
    const counts = [startMs + day, gone, gone + 1].map((toMs) => {
      for (const event of call) shard.fileEvent(event)
      moveTo(shard, toMs)
      return held(shard, measures.waitAbandoned)
    })
    expect(counts).toEqual([1, 1, 2])
  })

  test('where its topic is silent it is kept while the log would still accept what was told, and its numbers stay', () => {
    let acceptedFromMs = startMs - day
    const shard = shardWith({ acceptedFromMs: (topic) => (topic === 'call-queue' ? acceptedFromMs : gone) })
    for (const toMs of [startMs + day, gone, startMs + 1_000 * day, startMs + 1_000 * day + 1]) {
      for (const event of [queued({ eventId: 'q' }), { ...abandoned, eventId: 'a' }]) shard.fileEvent(event)
      moveTo(shard, toMs)
      expect(held(shard, measures.waitAbandoned)).toBe(1)
    }
    acceptedFromMs = gone
    moveTo(shard, startMs + 2_001 * day)
    expect(shard.isMissing(key)).toBe(true)
    expect(held(shard, measures.waitAbandoned)).toBe(1)
  })

  test('one whose facts are still due is kept until they are placed, however soon it expires', () => {
    const rules = { ...defaultRules, visitExpiryMs: 9 * day }
    const shard = shardWith({ rules })
    shard.fileEvent(queued())
    shard.fileEvent(makeEvent('call.diverted', startMs + second, { reason: 'callback' }))
    moveTo(shard, startMs + day)
    moveTo(shard, gone)
    expect(held(shard, measures.callbacksWaiting)).toBe(1)
    moveTo(shard, startMs + 9 * day)
    expect(shard.isMissing(key)).toBe(false)
    moveTo(shard, startMs + 9 * day + 1)
    expect(held(shard, measures.callbacksWaiting)).toBe(0)
    moveTo(shard, startMs + 10 * day + 1)
    expect(shard.isMissing(key)).toBe(true)
    expect([...shard.open.entries()]).toEqual([])
  })

  test('a subject that is due and changed at once may be forgotten by the same advance', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    moveTo(shard, startMs + 1)
    shard.fileEvent(abandoned)
    moveTo(shard, gone)
    expect(shard.isMissing(key)).toBe(true)
    expect(held(shard, measures.waitAbandoned)).toBe(1)
  })
})

describe('memory', () => {
  test('subjects still to be written are not dropped, the others are packed and come back', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    shard.evictSubjects(0)
    expect(shard.isMissing(key)).toBe(false)
    moveTo(shard, startMs + 1)
    shard.evictSubjects(0)
    expect(shard.isMissing(key)).toBe(false)
    shard.takeDelta()
    const packed = new Map<string, Uint8Array>()
    shard.evictSubjects(0, (subject, bytes) => packed.set(subject, bytes))
    expect(shard.isMissing(key)).toBe(true)
    shard.loadSubject(key, packed.get(key) ?? null)
    expect(shard.fileEvent(queued({ eventId: 'again', visitId: 'v' }))).toBe('applied')
  })

  test('what changed is told once, with its earliest instant', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    shard.fileEvent(answered(9 * second))
    moveTo(shard, startMs + day)
    const changes = [...shard.takeChanges()].map(([scope, atMs]) => [scope.key, atMs])
    expect(changes).toContainEqual(['default|', startMs])
    expect(shard.takeChanges().size).toBe(0)
  })

  test('what is open since an earlier instant than was told is a change, although no number is', () => {
    const shard = shardWith()
    shard.fileEvent(makeEvent('ticket.created', startMs, { queueId: 'billing' }))
    moveTo(shard, startMs + second)
    shard.takeChanges()
    const asked = { author: 'customer', messageId: 'late', queueId: 'billing' }
    shard.fileEvent(makeEvent('message.sent', startMs - day / 2, asked))
    moveTo(shard, startMs + 2 * second)
    const spans = [...shard.open.entries()].flatMap(([, open]) => open)
    expect(spans.find(({ list }) => list === 'unanswered')?.sinceMs).toBe(startMs - day / 2)
    expect([...shard.takeChanges()].map(([scope]) => scope.key)).toContain('default|')
  })

  test('a restored shard goes on where the last commit left it', () => {
    const shard = shardWith()
    shard.fileEvent(queued())
    moveTo(shard, startMs + 5)
    const { cells, open, subjects } = shard.takeDelta()
    const kept = <V>(map: ReadonlyMap<string, V | null>) =>
      new Map([...map].flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])))
    const again = shardWith()
    const stored = new Map([...cells].map(([scope, fields]) => [scope, kept(fields)] as const))
    again.restore({ asOfMs: shard.asOfMs(), cells: stored, open: kept(open) })
    expect(held(again, measures.waiting)).toBe(1)
    expect([...again.open.entries()]).toEqual([...shard.open.entries()])
    again.loadSubject(key, kept(subjects).get(key) ?? null)
    again.fileEvent(answered(4 * second))
    moveTo(again, startMs + day)
    expect(held(again, measures.waiting)).toBe(0)
    expect(subjectKey(queued())).toBe(key)
  })
})
