import { rulesOf } from '../src/config-rules.ts'
import { configSchema } from '../src/config-schema.ts'
import { decodeJsonRecord } from '../src/core/decode.ts'
import type { Event } from '../src/core/events.ts'
import { catalogueFor } from '../src/core/metrics.ts'
import { normaliseSet, withParents } from '../src/core/scopes.ts'
import { parseWindow, type WindowSpec } from '../src/core/windows.ts'
import { createZone } from '../src/core/zone.ts'
import { createReplay, type Replay } from '../src/replay.ts'

/** What the engine is asked for. `finestTier`: 0 keeps 5 s slices, 2 begins at 15 min as `replay` does for totals. */
export type EngineCase = {
  readonly id: 'engine-vs-json' | 'replay-vs-json'
  readonly sets: readonly (readonly string[])[]
  readonly windows: readonly string[]
  readonly finestTier: number
}

const config = configSchema.parse({})
const batchEvents = 2_000

export const engineCases: readonly EngineCase[] = [
  { id: 'replay-vs-json', sets: [[]], windows: ['total'], finestTier: 2 },
  {
    id: 'engine-vs-json',
    sets: config.scopes,
    windows: ['now', '15m', 'hour', 'today'],
    finestTier: 0,
  },
]

/** Decodes, files, places and reads once at the end, as `floorwatch replay` does; returns the bytes it would print. */
export const replayLines = (one: EngineCase, lines: readonly string[]): number => {
  const replay = openReplay(one)
  let printed = 0
  for (let start = 0; start < lines.length; start += batchEvents)
    for (const snapshot of replay.feed(decodeLines(lines.slice(start, start + batchEvents))))
      printed += JSON.stringify(snapshot).length
  for (const snapshot of replay.finish()) printed += JSON.stringify(snapshot).length
  return printed
}

const decodeLines = (lines: readonly string[]): readonly Event[] =>
  lines.flatMap((text) => {
    const decoded = decodeJsonRecord({ text, headers: {} })
    return decoded.ok ? [decoded.event] : []
  })

const openReplay = ({ sets, windows, finestTier }: EngineCase): Replay => {
  const { rules } = rulesOf(config)
  const { limits, time } = config
  const printed = sets.map(normaliseSet)
  return createReplay({
    shard: {
      rules,
      sets: withParents(printed),
      zone: createZone(time.zone),
      finestTier,
      latenessMs: time.latenessMs,
      eventsPerSubjectMax: limits.eventsPerSubjectMax,
      scopeKeysMax: limits.scopeKeysMax,
    },
    rows: catalogueFor(rules),
    windows: windows.map(windowOf),
    sets: printed,
    disorderMs: time.disorderMs,
    liveSubjectsMax: limits.liveSubjectsMax,
    packedSubjectsMax: limits.packedSubjectsMax,
  })
}

const windowOf = (id: string): WindowSpec => {
  const parsed = parseWindow(id)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.window
}
