import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { withParents } from '../../src/core/scopes.ts'
import { batches, history, rearranged } from '../support/arbitraries.ts'
import { type Centre, createCentre, type Process, type Published } from '../support/centre.ts'

const dayMs = 86_400_000

/** The whole tenant always, other sets now and then; rules that decide misses and expiries, or do not. */
const settingsOf = (sets: readonly (readonly string[])[], more: object = {}) => ({
  time: { source: 'events', latenessMs: 1_000 * dayMs },
  limits: { batchRecordsMax: 3 },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['total', 'now'], metrics: ['all'], everyMs: 100 }],
  ...more,
})

const lone = settingsOf([[]])
const byQueue = settingsOf([[], ['queueId']])
const byChannel = settingsOf([[], ['channel']])
/** Names the same dimensions as all of them: what subjects remember is told apart by their generation alone. */
const byPair = settingsOf([[], ['channel', 'queueId']])
const byBoth = settingsOf([[], ['queueId'], ['channel'], ['channel', 'queueId']])

type Lives = { readonly parts: readonly (readonly Event[])[]; readonly configs: readonly object[] }

const livesOf = (configs: fc.Arbitrary<object>): fc.Arbitrary<Lives> =>
  fc.record({
    parts: history.chain(rearranged).chain(batches),
    configs: fc.array(configs, { minLength: 7, maxLength: 7 }),
  })

const passTime = async (centre: Centre, process: Process, turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    centre.clock.nowMs += 1_000
    await process.settle()
  }
}

/** A process a batch, each with a configuration of its own. */
const play = async ({ parts, configs }: Lives): Promise<Centre> => {
  const centre = createCentre({ partitions: 2, config: lone })
  for (const [index, part] of parts.entries()) {
    centre.feed(part)
    const process = await centre.join({ config: configs[index] ?? lone })
    await passTime(centre, process, 3)
    await process.service.stop()
  }
  await passTime(centre, await centre.join({ config: configs.at(-1) ?? lone }), 4)
  return centre
}

/** Scopes that have cells: of a set that went, its last word stays on the topic. */
const scopesOf = async ({ store }: Centre): Promise<ReadonlySet<string>> => {
  const found = new Set<string>()
  for (const shard of [0, 1]) {
    const { cells } = await store.readChanges(shard, { sinceId: '', wanted: () => true })
    for (const key of cells.keys()) found.add(key)
  }
  return found
}

const namesIn = (scopeKey: string): string =>
  (scopeKey.split('|')[1] ?? '')
    .split(',')
    .map((pair) => pair.split('=')[0])
    .join()

type Told = ReadonlyMap<string, Published>

const numbersOf = (told: Told, isWanted: (key: string) => boolean) =>
  [...told]
    .filter(
      ([key, { metrics }]) =>
        isWanted(key) && Object.values(metrics).some(({ n, value }) => n !== 0 || value),
    )
    .map(([key, { metrics, worst }]) => ({ key, metrics, worst }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))

const isWhole = (key: string) => key.split('|')[1] === ''
const isByQueue = (key: string) => /^[^|]*\|queueId=[^,|]*\|/.test(key)

describe('F17: a changed configuration', () => {
  test('leaves the numbers of the sets that stay as they would be without it', async () => {
    const always = livesOf(fc.constantFrom(byQueue, byPair, byBoth)).map((lives) => ({
      ...lives,
      configs: [...lives.configs, byQueue],
    }))
    await fc.assert(
      fc.asyncProperty(always, async (lives) => {
        const changed = (await play(lives)).current()
        const constant = (await play({ ...lives, configs: lives.configs.map(() => byQueue) })).current()
        for (const isWanted of [isWhole, isByQueue])
          expect(numbersOf(changed, isWanted)).toEqual(numbersOf(constant, isWanted))
      }),
      { numRuns: 30 },
    )
  }, 120_000)

  test('never takes back from a set what was not added to it, and drops the sets that go', async () => {
    const random = livesOf(fc.constantFrom(lone, byQueue, byChannel, byPair, byBoth))
    await fc.assert(
      fc.asyncProperty(random, async (lives) => {
        const centre = await play(lives)
        const changed = centre.current()
        const constant = (await play({ ...lives, configs: lives.configs.map(() => byBoth) })).current()
        expect(numbersOf(changed, isWhole)).toEqual(numbersOf(constant, isWhole))
        const standing = await scopesOf(centre)
        const { scopes } = lives.configs.at(-1) as { scopes: readonly (readonly string[])[] }
        const kept = new Set(withParents(scopes).map((set) => set.join()))
        for (const scopeKey of standing) expect(kept).toContain(namesIn(scopeKey))
        for (const [key, { metrics }] of changed) {
          if (!standing.has(key.slice(0, key.lastIndexOf('|')))) continue
          const whole = constant.get(key)?.metrics
          if (key.endsWith('|total')) expect(metrics.reconciliationResidual?.value ?? 0, key).toBe(0)
          for (const id of ['callsOffered', 'waitingNow', 'ticketsCreated', 'openTickets']) {
            expect(metrics[id]?.value ?? 0, `${key} ${id}`).toBeGreaterThanOrEqual(0)
            expect(metrics[id]?.value ?? 0, `${key} ${id}`).toBeLessThanOrEqual(whole?.[id]?.value ?? 0)
          }
        }
      }),
      { numRuns: 30 },
    )
  }, 120_000)

  test('of the rules holds for what is filed from then on, and takes nothing from what they do not decide', async () => {
    const strict = settingsOf([[]], { serviceLevel: { default: { thresholdMs: 1_000 } } })
    const random = livesOf(fc.constantFrom(lone, strict))
    const undecided = ['callsOffered', 'waitingNow', 'openTickets', 'averageSpeedOfAnswer', 'callsAnswered']
    await fc.assert(
      fc.asyncProperty(random, async (lives) => {
        const changed = (await play(lives)).current()
        const constant = (await play({ ...lives, configs: lives.configs.map(() => lone) })).current()
        for (const [key, { metrics }] of constant)
          for (const id of undecided)
            expect(changed.get(key)?.metrics[id], `${key} ${id}`).toEqual(metrics[id])
        for (const { metrics } of changed.values()) {
          const { numerator = 0, denominator = 0 } = (metrics.serviceLevel ?? {}) as Record<string, number>
          expect(numerator).toBeGreaterThanOrEqual(0)
          expect(numerator).toBeLessThanOrEqual(denominator)
        }
      }),
      { numRuns: 30 },
    )
  }, 120_000)
})
