import { rulesOf } from '../src/config-rules.ts'
import { configSchema } from '../src/config-schema.ts'
import { createShard, type Shard } from '../src/core/shard.ts'
import { createZone } from '../src/core/zone.ts'

const config = configSchema.parse({})

/** A shard as the service opens it by default. */
export const openShard = (): Shard =>
  createShard({
    rules: rulesOf(config).rules,
    sets: config.scopes,
    zone: createZone(config.time.zone),
    finestTier: 0,
    totalSets: [],
    latenessMs: config.time.latenessMs,
    forgets: true,
    eventsPerSubjectMax: config.limits.eventsPerSubjectMax,
    scopeKeysMax: config.limits.scopeKeysMax,
    tracksChanges: true,
  })
