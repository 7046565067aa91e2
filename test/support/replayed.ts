import { isDeepStrictEqual } from 'node:util'
import type { Event } from '../../src/core/events.ts'
import { catalogueFor } from '../../src/core/metrics.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { scopeKeyOf, withParents } from '../../src/core/scopes.ts'
import { parseWindow } from '../../src/core/windows.ts'
import { createZone } from '../../src/core/zone.ts'
import { createReplay } from '../../src/replay.ts'
import type { Snapshot } from './service.ts'

/** What a replay of these events says of window `total` at its end, or at an as-of, by snapshot key. */
export const replayTotals = (
  events: readonly Event[],
  sets: readonly (readonly string[])[],
  asOfMs?: number,
): ReadonlyMap<string, Snapshot> => {
  const total = parseWindow('total')
  if (!total.ok) throw new Error(total.detail)
  const replay = createReplay({
    shard: {
      rules: defaultRules,
      sets: withParents(sets),
      zone: createZone('UTC'),
      finestTier: 2,
      latenessMs: 86_400_000,
      eventsPerSubjectMax: 2_000,
      scopeKeysMax: 10_000,
    },
    rows: catalogueFor(defaultRules),
    windows: [total.window],
    sets,
    disorderMs: 5_000,
    liveSubjectsMax: 20_000,
    packedSubjectsMax: 400_000,
    ...(asOfMs === undefined ? {} : { asOfMs }),
  })
  for (const snapshot of replay.feed(events))
    throw new Error(`no step was asked for, yet ${snapshot.asOf} came`)
  const found = new Map<string, Snapshot>()
  for (const snapshot of replay.finish())
    found.set(`${scopeKeyOf(snapshot.tenantId, snapshot.scope)}|total`, { ...snapshot })
  return found
}

/** Whether every snapshot says what the replay says. */
export const isReplayed =
  (expected: ReadonlyMap<string, Snapshot>) =>
  (seen: ReadonlyMap<string, Snapshot>): boolean =>
    [...expected].every(([key, { metrics, worst }]) => {
      const snapshot = seen.get(key)
      return isDeepStrictEqual([snapshot?.metrics, snapshot?.worst], [metrics, worst])
    })

/** What the snapshots say otherwise than the replay, metric by metric. */
export const differencesFrom =
  (expected: ReadonlyMap<string, Snapshot>) =>
  (seen: ReadonlyMap<string, Snapshot>): string =>
    [...expected]
      .flatMap(([key, { metrics }]) =>
        Object.entries(metrics).flatMap(([id, metric]) => {
          const said = seen.get(key)
          if (isDeepStrictEqual(said?.metrics[id], metric)) return []
          return `${key} as of ${said?.asOf}: ${id} ${JSON.stringify(said?.metrics[id])}, not ${JSON.stringify(metric)}`
        }),
      )
      .slice(0, 12)
      .join('\n')

/** A service that publishes only what `replayTotals` says. */
export const totalsSettings = (sets: readonly (readonly string[])[]) => ({
  time: { source: 'events' },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['total'], metrics: ['all'], everyMs: 500 }],
})
