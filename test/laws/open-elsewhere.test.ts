import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOpenIndex, listOpen, type OpenByScope } from '../../src/core/open-index.ts'
import { oldestItems } from '../../src/core/open-list.ts'
import { viewShard } from '../../src/core/rollup.ts'
import { encodeHead } from '../../src/core/shard-codec.ts'
import { createMemoryStore } from '../../src/memory/store.ts'
import { createRemoteShard } from '../../src/remote-shards.ts'
import { emptyHead } from '../../src/shard-head.ts'
import { oracleConfig } from '../support/arbitraries/configs.ts'
import { history } from '../support/arbitraries.ts'
import { createDriver, type DriverStore } from '../support/driver.ts'
import { arrivalOf } from './arrivals.ts'
import { rulesOf } from './oracle-rules.ts'

const sets = [[], ['queueId'], ['channel'], ['agentId']]

/** Of the scopes that this process reads. */
const shown = (open: OpenByScope, isRead: (scopeKey: string) => boolean): unknown =>
  new Map(
    [...open]
      .filter(([scopeKey]) => isRead(scopeKey))
      .map(([scopeKey, lists]) => [
        scopeKey,
        new Map([...lists].map(([list, items]) => [list, oldestItems(items, 1_000)])),
      ]),
  )

/** Commits what one shard of a driver has committed, over and over; its reader falls behind after two. */
const createWriter = async () => {
  const store = createMemoryStore({ chainLength: 2 })
  const { epoch } = await store.takeShard(0, 1)
  let before: ReadonlyMap<string, Uint8Array> = new Map()
  let count = 0
  const commit = async ({ subjects, cells, open, asOfMs }: DriverStore): Promise<void> => {
    const gone = [...before.keys()].filter((key) => !open.has(key)).map((key) => [key, null] as const)
    const changed = [...open].filter(([key, bytes]) => before.get(key) !== bytes)
    before = new Map(open)
    const previousId = count === 0 ? '' : `${count}`
    count += 1
    const head = encodeHead({ ...emptyHead(null), asOfMs })
    await store.commit(0, {
      epoch,
      previousId,
      id: `${count}`,
      head,
      subjects: new Map(subjects),
      cells: new Map([...cells].map(([key, fields]) => [key, new Map(fields)])),
      open: new Map([...gone, ...changed]),
      journal: new Map(),
    })
  }
  return { store, commit }
}

const arrivals = fc.tuple(
  history.chain((events) => arrivalOf(events)),
  oracleConfig,
  fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
)

test("what is open in another owner's shard is listed as its owner lists it, in the scopes that are read", async () => {
  await fc.assert(
    fc.asyncProperty(arrivals, fc.nat({ max: 3 }), async ([{ steps, asOfMs }, config, reads], part) => {
      const isRead = (key: string) => key.includes('__other__') || (part + key.length) % 2 === 0
      const shard = { scopeKeysMax: 1, latenessMs: 0 }
      const driver = createDriver({ rules: rulesOf(config), zone: config.zone, sets, shard })
      const { store, commit } = await createWriter()
      const remote = createRemoteShard({ store, shard: 0, wanted: isRead, changedAtMs: 0 })
      const index = createOpenIndex(sets)
      const compare = async () => {
        await remote.refresh(0)
        const owned = listOpen(driver.shards().map(viewShard), sets)
        expect(shown(index.follow([remote.view()]), isRead)).toEqual(shown(owned, isRead))
      }
      for (const [place, { events, toMs, mishap }] of steps.entries()) {
        driver.feed(events)
        if (mishap === 'crash') driver.crash()
        driver.advanceTo(toMs)
        await commit(driver.stores[0] as DriverStore)
        if (reads[place]) await compare()
      }
      driver.advanceTo(asOfMs)
      await commit(driver.stores[0] as DriverStore)
      await compare()
    }),
    { numRuns: 500 },
  )
})
