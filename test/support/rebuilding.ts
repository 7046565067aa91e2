import { configSchema } from '../../src/config-schema.ts'
import { type FollowingOptions, openFollowingStore } from '../../src/following-store.ts'
import { countingRules } from '../../src/generation-fit.ts'
import { createMemorySource } from '../../src/memory/source.ts'
import type { StateStore } from '../../src/ports.ts'
import { openRebuild, type RebuildSession, type SessionPorts } from '../../src/rebuild-session.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { identityOf } from '../../src/service.ts'
import { type Centre, createCentre, type JoinOptions, type Process } from './centre.ts'
import { createMemoryGenerations, type MemoryGenerations } from './generations.ts'

/** A centre whose processes follow swaps of the state, and rebuilds beside it. */
export type RebuildingCentre = Centre & {
  readonly memory: MemoryGenerations
  /** Shards that the log remembers as read. */
  readonly read: Set<number>
  follow(config: object, options?: Partial<FollowingOptions>): Promise<StateStore>
  joinFollowing(config: object, options?: JoinOptions): Promise<Process>
  rebuild(config: object, options?: RebuildOptions): Promise<RebuildSession>
}

export type RebuildOptions = {
  readonly name?: string
  readonly isResumed?: boolean
  readonly fromMs?: number
  readonly reshards?: boolean
  readonly ports?: Partial<SessionPorts>
  /** Where the records lie; absent: in the centre's log. */
  readonly centre?: Centre
}

export const createRebuildingCentre = (options: {
  readonly partitions: number
  readonly config: object
}): RebuildingCentre => {
  const centre = createCentre(options)
  const memory = createMemoryGenerations()
  const read = new Set<number>()
  const follow = (config: object, given: Partial<FollowingOptions> = {}): Promise<StateStore> => {
    const parsed = configSchema.parse(config)
    return openFollowingStore({
      generations: memory.generations,
      open: memory.open,
      identity: identityOf(parsed, centre.log.partitions),
      rules: countingRules(parsed),
      readShards: async () => read,
      ...given,
    })
  }
  return {
    ...centre,
    memory,
    read,
    follow,
    joinFollowing: async (config, joining = {}) =>
      centre.join({ config, store: await follow(config), ...joining }),
    rebuild: (config, given = {}) => {
      const log = (given.centre ?? centre).log
      const request = {
        config: configSchema.parse(config),
        name: given.name ?? 'new',
        isResumed: given.isResumed ?? false,
        fromMs: given.fromMs ?? null,
        reshards: given.reshards,
      }
      return openRebuild(request, {
        generations: memory.generations,
        openStore: memory.open,
        openSource: async (_name, fromMs) =>
          createMemorySource({
            log,
            startFrom: fromMs === null ? 'earliest' : { atMs: fromMs },
            onDataLoss: 'stop',
            dropCommitted: false,
          }),
        decoder: createRegistryDecoder({}),
        clock: { now: () => centre.clock.nowMs },
        onProgress: () => {},
        ...given.ports,
      })
    },
  }
}
