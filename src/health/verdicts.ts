import type { OutageStatus, ServiceStatus, ShardStatus } from '../ports.ts'

export type Verdict = { readonly isGood: boolean; readonly reasons: readonly string[] }

/** Alive while the loop turns. It asks nothing of Kafka or Redis: starting anew would not bring them back. */
export const judgeLiveness = (turnAgeMs: number, turnMs: number): Verdict =>
  verdictOf(turnAgeMs > turnMs ? [`the loop has made no turn for ${inSeconds(turnAgeMs)}`] : [])

export type ReadinessLimits = {
  /** How far a watermark may be behind the clock; null: event time alone moves time, so being behind is not judged. */
  readonly readyLagMs: number | null
}

/** Ready: a member of the group, with all it was given loaded and caught up, with nothing out, and not told to stop. */
export const judgeReadiness = (
  status: ServiceStatus | undefined,
  { readyLagMs }: ReadinessLimits,
): Verdict => {
  if (!status) return verdictOf(['starting'])
  const { isDraining, isJoined, isLoaded, outages, shards, nowMs } = status
  return verdictOf([
    ...(isDraining ? ['draining: told to stop'] : []),
    ...(isJoined ? [] : ['not yet a member of the consumer group']),
    ...(isLoaded ? [] : ['partitions are being loaded from the store']),
    ...outages.filter(isOut).map(({ part, reason }) => `${part} is out: ${reason}`),
    ...shards
      .filter(({ lag }) => lag.some(({ recordCount }) => recordCount === null))
      .map(({ shard }) => `of partition ${shard} Kafka has not said where its log ends`),
    ...(readyLagMs === null ? [] : shards.flatMap((shard) => describeLag(shard, nowMs, readyLagMs))),
  ])
}

export const isOut = ({ sinceMs }: OutageStatus): boolean => sinceMs !== null

const describeLag = ({ shard, watermarkMs }: ShardStatus, nowMs: number, readyLagMs: number): string[] => {
  if (watermarkMs === null) return [`partition ${shard} has not begun`]
  const ageMs = nowMs - watermarkMs
  return ageMs > readyLagMs ? [`partition ${shard} is ${inSeconds(ageMs)} behind`] : []
}

const verdictOf = (reasons: readonly string[]): Verdict => ({ isGood: reasons.length === 0, reasons })

const inSeconds = (ms: number): string => `${Math.round(ms / 1000)} s`
