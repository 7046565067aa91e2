import type { Config } from './config-schema.ts'
import { FloorwatchError } from './errors.ts'
import { countingRules, rulesFingerprint } from './generation-fit.ts'
import { partitionsOf } from './generation-handover.ts'
import type { Clock, Generation, GenerationName, GenerationStore } from './ports.ts'
import { identityOf } from './service.ts'

export type RebuildRequest = {
  readonly config: Config
  /** A new name, or that of a rebuild to go on with. */
  readonly name: GenerationName
  readonly isResumed: boolean
  readonly fromMs: number | null
  /** File records by their key where they lie in another partition; undefined: where the live state's partition count differs. */
  readonly reshards: boolean | undefined
}

/** The state that is live as the rebuild begins; identity null: there is none. */
export type LiveState = { readonly name: GenerationName; readonly identity: string | null }

type Surrounding = { readonly live: LiveState; readonly partitions: number }

/** Writes down what is made, or finds it again. */
export const enterGeneration = async (
  request: RebuildRequest,
  { generations, clock }: { readonly generations: GenerationStore; readonly clock: Clock },
  { live, partitions }: Surrounding,
): Promise<Generation> => {
  const known = await generations.list()
  const before = known.find(({ name }) => name === request.name)
  const liveRecord = known.find(({ name }) => name === live.name)
  const isRegrown = live.identity !== null && partitionsOf(live.identity) !== partitions
  const identity = identityOf(request.config, partitions)
  const rules = countingRules(request.config)
  const fingerprint = rulesFingerprint(rules)
  if (before && (before.identity !== identity || before.fingerprint !== fingerprint))
    throw new FloorwatchError(
      'usage-invalid',
      `${request.name} was begun under another configuration: drop it (\`floorwatch rebuild drop ${request.name}\`) and begin anew`,
    )
  const nowMs = clock.now()
  const generation: Generation = {
    begunMs: nowMs,
    fromMs: request.fromMs,
    completeFromMs: null,
    isResharded: request.reshards ?? (isRegrown || liveRecord?.isResharded === true),
    ...before,
    name: request.name,
    identity,
    fingerprint,
    seenMs: nowMs,
  }
  await generations.put(generation)
  await generations.putRules(generation.name, rules)
  return generation
}
