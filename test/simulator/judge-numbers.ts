import type { Event } from '../../src/core/events.ts'
import { scopeKeyOf } from '../../src/core/scopes.ts'
import type { ShardHead } from '../../src/core/shard-codec.ts'
import { findDifferences } from '../support/oracle/compare.ts'
import { defaultOracleConfig, type OracleConfig } from '../support/oracle/config.ts'
import { createOracle, type Oracle, type OracleSnapshot } from '../support/oracle.ts'
import { judgeClosed } from './judge-closed.ts'
import type { SentRecord } from './kafka-outputs.ts'
import { findShard } from './redis-state.ts'
import { isEmpty, latestOf, type MetricSaid, type Published } from './said.ts'
import { dimensionValues, tenantIds } from './workload.ts'
import type { World } from './world.ts'

type Scope = Readonly<Record<string, string>>
type Question = { readonly tenantId: string; readonly scope: Scope; readonly windowId: string }
/** What was published so long ago may be what stands; `now` and `total` are read where each shard stands, which may be ahead. */
const [aheadMs, agedMs, ageStepMs] = [1_500, 3_000, 100]
/** At last first; in steps shorter than two calls are likely to expire apart. */
const allowedAgesMs: readonly number[] = [
  0,
  ...Array.from({ length: (aheadMs + agedMs) / ageStepMs + 1 }, (_, step) => step * ageStepMs - aheadMs),
]

/** Law 2: the latest of every key by revision is what a recomputation over the whole log says. */
export const judgeNumbers = (world: World, heads: readonly (ShardHead | undefined)[]): readonly string[] => {
  const events = world.verdicts.all().flatMap(({ event, reason }) => (event && !reason ? [event] : []))
  const config = oracleConfigOf(world)
  const oracle = createOracle(events, config)
  const asOfMs = asOfAtLast(world, { events, heads })
  if (asOfMs === undefined) return ['a shard never began, or its as-of stands still']
  const latest = latestOf(world.outputs.current)
  const current = questionsOf(world).flatMap((question) => {
    const scopeKey = scopeKeyOf(question.tenantId, question.scope)
    const key = `${scopeKey}|${question.windowId}`
    if (isForgotten(world, scopeKey)) return []
    return judgeKey(world, { oracle, asOfMs, question, published: latest.get(key) }).map(
      (line) => `${key}: ${line}`,
    )
  })
  return [...current, ...judgeClosed(world, { oracle, config, asOfMs })]
}

/**
 * Counted again after a loss, a scope whose events have all been taken back by then never comes up: nobody knows what stands
 * on the topic of it.
 */
const isForgotten = ({ hasLost, redis, plan }: World, scopeKey: string): boolean =>
  hasLost &&
  Array.from({ length: plan.partitions }, (_, shard) => findShard(redis.state(), shard)).every(
    ({ cells }) => !cells.has(scopeKey),
  )

const oracleConfigOf = ({ plan }: World): OracleConfig => ({
  ...defaultOracleConfig,
  visitExpiryMs: plan.visitExpiryMs,
})

const sliceMs = 5_000
/** Committed progress is at most so far behind the clock. */
const behindMs = 3_500

type Ending = { readonly events: readonly Event[]; readonly heads: readonly (ShardHead | undefined)[] }

/** Under `events` the first slice boundary after the last event; else the clock, which every shard has followed. */
const asOfAtLast = ({ plan, scheduler }: World, { events, heads }: Ending): number | undefined => {
  const asOfs = heads.map((head) => head?.asOfMs ?? Number.NEGATIVE_INFINITY)
  const lastMs = Math.max(0, ...events.map(({ occurredAt }) => occurredAt))
  const expectedMs =
    plan.source === 'events' ? (Math.floor(lastMs / sliceMs) + 1) * sliceMs : scheduler.now() - behindMs
  if (events.length === 0) return expectedMs
  return asOfs.every((asOfMs) => asOfMs >= expectedMs) ? Math.min(...asOfs) : undefined
}

const questionsOf = ({ plan }: World): readonly Question[] =>
  tenantIds.flatMap((tenantId) =>
    plan.sets
      .flatMap(scopesOf)
      .flatMap((scope) => plan.windows.map((windowId) => ({ tenantId, scope, windowId }))),
  )

const scopesOf = (set: readonly string[]): readonly Scope[] =>
  set.reduce<readonly Scope[]>(
    (scopes, name) =>
      scopes.flatMap((scope) => (dimensionValues[name] ?? []).map((value) => ({ ...scope, [name]: value }))),
    [{}],
  )

type Asked = {
  readonly oracle: Oracle
  readonly asOfMs: number
  readonly question: Question
  readonly published: SentRecord | undefined
}

const judgeKey = ({ plan }: World, { oracle, asOfMs, question, published }: Asked): readonly string[] => {
  const { tenantId, scope, windowId } = question
  const ages = plan.source === 'events' ? [0] : allowedAgesMs
  let differences: readonly string[] = []
  for (const ageMs of ages) {
    const asked = { tenantId, scope, window: windowId, asOfMs: asOfMs - ageMs }
    const expected = oracle.snapshot(
      plan.metrics.includes('all') ? asked : { ...asked, metrics: plan.metrics },
    )
    differences = compareSaid(published, expected, plan.source === 'clock')
    if (differences.length === 0) return []
  }
  return differences.slice(0, 3)
}

const compareSaid = (
  published: SentRecord | undefined,
  expected: OracleSnapshot,
  isLive: boolean,
): readonly string[] => {
  if (!published || published.value === null)
    return isEmpty(expected) ? [] : [published ? 'gone' : 'never published']
  const said = JSON.parse(published.value) as Published
  const differences = findDifferences(
    isLive ? { ...said, metrics: withoutAges(said.metrics) } : said,
    isLive ? { ...expected, metrics: withoutAges(expected.metrics) as OracleSnapshot['metrics'] } : expected,
  )
  return said.partial ? [...differences, 'partial'] : differences
}

/** Live, an age is told once, by when it began. */
const withoutAges = (metrics: Readonly<Record<string, MetricSaid>>): Readonly<Record<string, MetricSaid>> =>
  Object.fromEntries(
    Object.entries(metrics).map(([id, said]) => {
      const { value, n, sinceAt, parts } = said
      return [id, sinceAt === undefined ? said : { value: value === null ? null : 0, n, sinceAt, parts }]
    }),
  )
