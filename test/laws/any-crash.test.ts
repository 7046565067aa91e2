import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { history, rearranged } from '../support/arbitraries.ts'
import { type Centre, countersOf, createCentre, type Process } from '../support/centre.ts'
import { createDeadlyPorts, type Death, ProcessKilled } from '../support/deadly-ports.ts'

const sets = [[], ['queueId']]
const config = {
  time: { source: 'events', latenessMs: 1_000 * 86_400_000 },
  limits: { batchRecordsMax: 2 },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['now', 'total', '24h'], metrics: ['all'], everyMs: 100 }],
}

const deaths: fc.Arbitrary<readonly Death[]> = fc.array(
  fc.record({ atCall: fc.integer({ min: 1, max: 40 }), isDone: fc.boolean() }),
  { maxLength: 4 },
)

const settle = async ({ clock }: Centre, process: Process): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) {
    clock.nowMs += 1_000
    await process.settle()
  }
}

const live = async (centre: Centre, death: Death): Promise<void> => {
  try {
    await settle(centre, await centre.join(createDeadlyPorts(centre, death)))
  } catch (error) {
    if (!(error instanceof ProcessKilled)) throw error
  }
}

const run = async (events: readonly Event[], killed: readonly Death[]): Promise<Centre> => {
  const centre = createCentre({ partitions: 2, config })
  centre.feed(events)
  centre.log.append('ticket', { key: 'no-event', value: '{', timestampMs: 0 })
  for (const death of killed) await live(centre, death)
  await settle(centre, await centre.join())
  return centre
}

/** After a crash what stands on the topic is in doubt: then what is empty goes out too. */
const numbersOf = (centre: Centre) =>
  [...centre.current()]
    .filter(([, { metrics }]) => Object.values(metrics).some(({ n, value }) => n !== 0 || value))
    .map(([key, { metrics, worst }]) => ({ key, metrics, worst }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))

const fates = ['applied', 'duplicate', 'notCounted'] as const

describe('law 3: any crash', () => {
  test('killed at any calls to the outside, a process ends with the numbers of one that was never killed', async () => {
    await fc.assert(
      fc.asyncProperty(history.chain(rearranged), deaths, async (events, killed) => {
        const [untouched, crashed] = [await run(events, []), await run(events, killed)]
        expect(numbersOf(crashed)).toEqual(numbersOf(untouched))
        expect(countersOf(await crashed.heads())).toEqual(countersOf(await untouched.heads()))
      }),
      { numRuns: 100 },
    )
  })

  test('every record is accounted for: applied, duplicate, not counted or refused with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(history.chain(rearranged), deaths, async (events, killed) => {
        const counters = countersOf(await (await run(events, killed)).heads())
        const refused = Object.entries(counters).filter(([name]) => name.startsWith('deadLetter.'))
        const known = fates.reduce((sum, name) => sum + (counters[name] ?? 0), 0)
        expect(known + refused.reduce((sum, [, count]) => sum + count, 0)).toBe(counters.records)
        expect(counters.records).toBe(events.length + 1)
      }),
      { numRuns: 60 },
    )
  })
})
