import type { ServiceStatus } from '../ports.ts'
import { isOut, type Verdict } from './verdicts.ts'

export type HealthFacts = {
  readonly status: ServiceStatus | undefined
  readonly liveness: Verdict
  readonly readiness: Verdict
  readonly buildId: string
  readonly uptimeMs: number
  /** Null: nothing was published yet. */
  readonly publishAgeMs: number | null
  readonly turnAgeMs: number
}

/** All that a person asks first, as JSON: what is out since when, how far each partition is, what was last done. */
export const describeHealth = (facts: HealthFacts): object => {
  const { status, liveness, readiness } = facts
  return {
    status: statusWord(facts),
    reasons: [...liveness.reasons, ...readiness.reasons],
    build: facts.buildId,
    uptimeSeconds: toSeconds(facts.uptimeMs),
    secondsSinceTurn: toSeconds(facts.turnAgeMs),
    secondsSincePublish: facts.publishAgeMs === null ? null : toSeconds(facts.publishAgeMs),
    ...(status ? describeStatus(status) : {}),
  }
}

const statusWord = ({ status, liveness, readiness }: HealthFacts): string => {
  if (!liveness.isGood) return 'stuck'
  if (readiness.isGood) return 'ok'
  return status?.isDraining ? 'draining' : 'not-ready'
}

const describeStatus = ({ nowMs, outages, shards, shardCount }: ServiceStatus): object => ({
  asOf: toIso(least(shards.map(({ asOfMs }) => asOfMs))),
  watermark: toIso(least(shards.map(({ watermarkMs }) => watermarkMs))),
  outages: outages
    .filter(isOut)
    .map(({ part, sinceMs, reason }) => ({ part, since: toIso(sinceMs), reason })),
  partitions: { all: shardCount, own: shards.length },
  shards: shards.map((shard) => ({
    partition: shard.shard,
    isCaughtUp: shard.isCaughtUp,
    lag: Object.fromEntries(shard.lag.map(({ topic, recordCount }) => [topic, recordCount])),
    asOf: toIso(shard.asOfMs),
    watermarkAgeSeconds: shard.watermarkMs === null ? null : toSeconds(nowMs - shard.watermarkMs),
    lastCommitAt: toIso(shard.committedAtMs),
    counters: shard.counters,
  })),
})

const least = (instants: readonly (number | null)[]): number | null => {
  const known = instants.filter((atMs) => atMs !== null)
  return known.length < instants.length || known.length === 0 ? null : Math.min(...known)
}

const toIso = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString())

const toSeconds = (ms: number): number => Math.round(ms / 100) / 10
