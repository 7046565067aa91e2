import type { OutageStatus, ServiceStatus, ShardStatus } from '../../src/ports.ts'

export const madeAtMs = Date.parse('2026-03-02T10:00:00Z')

export const madeShard = (fields: Partial<ShardStatus> = {}): ShardStatus => ({
  shard: 3,
  asOfMs: madeAtMs - 2_000,
  watermarkMs: madeAtMs - 1_500,
  isCaughtUp: true,
  isHeld: false,
  committedAtMs: madeAtMs - 400,
  lag: [{ topic: 'call-queue', recordCount: 0, queuedCount: 0 }],
  offsets: { 'call-queue': 7n },
  counters: {},
  ...fields,
})

export const madeOutage = (part: string, sinceMs: number | null = null): OutageStatus => ({
  part,
  count: sinceMs === null ? 0 : 1,
  sinceMs,
  metAtMs: sinceMs,
  reason: sinceMs === null ? null : 'connection refused',
})

/** A service of one shard in which all is well. */
export const madeStatus = (fields: Partial<ServiceStatus> = {}): ServiceStatus => ({
  nowMs: madeAtMs,
  isJoined: true,
  isDraining: false,
  shardCount: 4,
  isLoaded: true,
  outages: [madeOutage('kafka'), madeOutage('redis'), madeOutage('registry'), madeOutage('publishing')],
  shards: [madeShard()],
  ...fields,
})
