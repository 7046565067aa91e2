import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Event, subjectKey } from '../../src/core/events.ts'
import { history } from '../support/arbitraries.ts'
import { type Centre, countersOf, createCentre, type Process } from '../support/centre.ts'
import { createDeadlyPorts, type Death, ProcessKilled } from '../support/deadly-ports.ts'

const hourMs = 3_600_000
const sets = [[], ['queueId']]
const config = {
  time: { source: 'events', latenessMs: hourMs },
  limits: { batchRecordsMax: 3 },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['now', 'total'], metrics: ['all'], everyMs: 100 }],
}

type Log = {
  readonly events: readonly Event[]
  /** Told again after all of them, when what can be forgotten is. */
  readonly again: readonly Event[]
  readonly death: Death | undefined
}

/** An id used again, years later, cannot be told from a new one once its first bearer is forgotten. */
const withoutNamesakes = (events: readonly Event[]): readonly Event[] => [
  ...new Map(events.map((event) => [`${subjectKey(event)}|${event.eventId}`, event])).values(),
]

const logs: fc.Arbitrary<Log> = history.map(withoutNamesakes).chain((events) =>
  fc.record({
    events: fc.constant(events.toSorted((a, b) => a.occurredAt - b.occurredAt)),
    again: fc.shuffledSubarray([...events], { minLength: 1 }),
    death: fc.option(fc.record({ atCall: fc.integer({ min: 1, max: 20 }), isDone: fc.boolean() }), {
      nil: undefined,
    }),
  }),
)

const settle = async ({ clock }: Centre, process: Process): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) {
    clock.nowMs += 1_000
    await process.settle()
  }
}

const dieAfter = async (centre: Centre, death: Death): Promise<void> => {
  try {
    await settle(centre, await centre.join(createDeadlyPorts(centre, death)))
  } catch (error) {
    if (!(error instanceof ProcessKilled)) throw error
  }
}

const numbersOf = (centre: Centre) =>
  [...centre.current()]
    .filter(([, { metrics }]) => Object.values(metrics).some(({ n, value }) => n !== 0 || value))
    .map(([key, { metrics, worst }]) => ({ key, metrics, worst }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))

const appliedBy = async (centre: Centre): Promise<number> => countersOf(await centre.heads()).applied ?? 0

describe('what is told again', () => {
  test('counts nothing twice under events, however long its subject has been at rest and its partition silent', async () => {
    let duplicates = 0
    await fc.assert(
      fc.asyncProperty(logs, async ({ events, again, death }) => {
        const centre = createCentre({ partitions: 4, config })
        centre.feed(events)
        await settle(centre, await centre.join())
        const before = { numbers: numbersOf(centre), applied: await appliedBy(centre) }
        centre.feed(again)
        if (death) await dieAfter(centre, death)
        await settle(centre, await centre.join())
        expect(numbersOf(centre)).toEqual(before.numbers)
        expect(await appliedBy(centre)).toBe(before.applied)
        duplicates += countersOf(await centre.heads()).duplicate ?? 0
      }),
      { numRuns: 200 },
    )
    expect(duplicates).toBeGreaterThan(100)
  })

  test('counts nothing twice where it takes back what was never seen: a retraction may lie on any topic', async () => {
    const ticket = { tenantId: 'acme', ticketId: 'ticket-1' }
    const at = (days: number) => Date.parse('2026-03-04T10:00:00Z') + days * 24 * hourMs
    const retraction: Event = {
      type: 'event.retracted',
      tenantId: 'acme',
      callId: 'call-2',
      eventId: 'taken-back-e-0',
      retracts: 'e-0',
      occurredAt: at(25),
    }
    const centre = createCentre({ partitions: 4, config })
    centre.feed([
      { ...ticket, type: 'ticket.created', kind: 'complaint', eventId: 'e-0', occurredAt: at(0) } as Event,
      retraction,
      { ...ticket, type: 'ticket.resolved', eventId: 'e-2', occurredAt: at(42) } as Event,
    ])
    const process = await centre.join()
    await settle(centre, process)
    centre.feed([retraction])
    await settle(centre, process)
    expect(await appliedBy(centre)).toBe(3)
  })
})
