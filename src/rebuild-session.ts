import { createBoundedSource } from './bounded-source.ts'
import { rulesOf } from './config-rules.ts'
import type { Config } from './config-schema.ts'
import { catalogueFor } from './core/metrics.ts'
import { type ShardView, viewShard } from './core/rollup.ts'
import type { ShardHead } from './core/shard-codec.ts'
import { createZone } from './core/zone.ts'
import { FloorwatchError } from './errors.ts'
import { configOfRules } from './generation-fit.ts'
import { finishHandover, partitionsOf } from './generation-handover.ts'
import type {
  Clock,
  EventSource,
  Generation,
  GenerationName,
  GenerationStore,
  RecordDecoder,
  StateStore,
} from './ports.ts'
import { publishPlansOf } from './publish-plans.ts'
import { createRebuild, type Rebuild } from './rebuild.ts'
import { type ComparedState, type Comparison, compareStates } from './rebuild-compare.ts'
import { isWithin, markOfHeads, markOfLogEnd, type RebuildMark } from './rebuild-mark.ts'
import { progressOfHeads, progressTo, type RebuildProgress } from './rebuild-progress.ts'
import { enterGeneration, type LiveState, type RebuildRequest } from './rebuild-request.ts'
import { createRemoteShard } from './remote-shards.ts'
import { createReshardSource, type ReshardSource } from './reshard-source.ts'
import { inputTopics } from './topic-names.ts'

export type SessionPorts = {
  readonly generations: GenerationStore
  readonly openStore: (name: GenerationName) => Promise<StateStore>
  /** All partitions for this process alone, from the beginning of the log or from this instant on. */
  readonly openSource: (name: GenerationName, fromMs: number | null) => Promise<EventSource>
  readonly decoder: RecordDecoder
  readonly clock: Clock
  readonly onProgress: (progress: RebuildProgress) => void
}

/** A rebuild that is open: counted beside the live state, compared with it, made live. */
export type RebuildSession = {
  readonly generation: Generation
  readonly liveName: GenerationName
  /** Counts to where the live state stands, and compares; undefined where there is nothing to compare with at one place of the log. */
  compare(): Promise<Comparison | undefined>
  /** Counts on to the end of the log and makes it live, in one step. */
  swap(): Promise<void>
  /** From when on the log still holds all that ever lay in it; null: from the beginning. */
  completeFromMs(): number | null
  close(): Promise<void>
}

type SessionState = SessionPorts & {
  readonly request: RebuildRequest
  readonly live: LiveState
  readonly source: ReturnType<typeof createBoundedSource>
  readonly resharding: ReshardSource | undefined
  readonly store: StateStore
  readonly rebuild: Rebuild
  generation: Generation
  mark: RebuildMark | undefined
  phase: RebuildProgress['phase']
}

const heardEveryMs = 5_000
const endWaitMs = 100

/** Throws `usage-invalid` where the rebuild to go on with was begun under another configuration. */
export const openRebuild = async (request: RebuildRequest, ports: SessionPorts): Promise<RebuildSession> => {
  const closing: { close(): Promise<void> }[] = []
  const close = async () => {
    for (let one = closing.pop(); one; one = closing.pop()) await one.close()
  }
  try {
    const state = await openState(request, ports, closing)
    await state.rebuild.start()
    return {
      get generation() {
        return state.generation
      },
      liveName: state.live.name,
      compare: () => compare(state),
      swap: () => swap(state),
      completeFromMs: () => completeFromOf(state),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

const openState = async (
  request: RebuildRequest,
  ports: SessionPorts,
  closing: { close(): Promise<void> }[],
): Promise<SessionState> => {
  const keep = <T extends { close(): Promise<void> }>(opened: T): T => {
    closing.push(opened)
    return opened
  }
  const { generations } = ports
  const { name } = await finishHandover(generations)
  const live = { name, identity: await generations.readIdentity(name) }
  const source = createBoundedSource(keep(await ports.openSource(request.name, request.fromMs)))
  const generation = await enterGeneration(request, ports, { live, partitions: source.partitions })
  const store = keep(await ports.openStore(request.name))
  await store.checkIdentity(generation.identity)
  const { kafka } = request.config
  const resharding = generation.isResharded
    ? createReshardSource({ source, topics: inputTopics, partitioner: kafka.partitioner })
    : undefined
  const startFrom = request.fromMs === null ? 'earliest' : new Date(request.fromMs).toISOString()
  const config = { ...request.config, kafka: { ...kafka, startFrom } }
  const state: SessionState = {
    ...ports,
    request,
    live,
    source,
    resharding,
    store,
    generation,
    mark: undefined,
    phase: 'counting',
    rebuild: createRebuild(config, {
      ...ports,
      source: resharding ?? source,
      bounds: source,
      store,
      onRound: (heads) => noteRound(state, heads),
    }),
  }
  return state
}

const noteRound = (state: SessionState, heads: ReadonlyMap<number, ShardHead>): void => {
  const { clock, generations, mark, phase, source } = state
  state.onProgress({ phase, ...progressOfHeads(heads), ...progressTo(mark, source) })
  const completeFromMs = completeFromOf(state)
  const isNews = completeFromMs !== state.generation.completeFromMs
  if (!isNews && clock.now() - state.generation.seenMs < heardEveryMs) return
  state.generation = { ...state.generation, seenMs: clock.now(), completeFromMs }
  // An outage here is met by the next commit, and seconds later this is put again.
  generations.put(state.generation).catch(() => undefined)
}

/** What this process met, and one before it. */
const completeFromOf = ({ source, generation }: SessionState): number | null => {
  const known = [source.completeFromMs(), generation.completeFromMs].filter((atMs) => atMs !== null)
  return known.length === 0 ? null : Math.max(...known)
}

const compare = async (state: SessionState): Promise<Comparison | undefined> => {
  const running = await readRunning(state)
  if (!running) return undefined
  const { source } = state
  const mark = markOfHeads(running.heads, { topics: inputTopics, partitions: source.partitions })
  await findLogEnd(state)
  if (!isWithin(mark, source)) return undefined
  await advanceTo(state, mark)
  const { writers } = state.rebuild
  const views = [...writers.values()].map(({ engine }) => viewShard(engine))
  const { config } = state.request
  const scopeKeys = [...writers.values()].flatMap(({ engine }) => [...engine.scopes.byKey.keys()])
  return compareStates({
    running: { ...running, ...readingBy(running.config ?? config) },
    rebuilt: { views, scopeKeys, ...readingBy(config) },
    asOfMs: mark.leastAsOfMs,
    plans: publishPlansOf(config),
  })
}

const advanceTo = async (state: SessionState, mark: RebuildMark): Promise<void> => {
  state.mark = mark
  await state.rebuild.advanceTo(mark)
}

const readingBy = (config: Config): Pick<ComparedState, 'catalogue' | 'tiering'> => ({
  catalogue: catalogueFor(rulesOf(config).rules),
  tiering: { zone: createZone(config.time.zone), finestTier: 0 },
})

/** The live state as of its last commits; undefined: there is none. */
const readRunning = async ({ live, openStore, clock, generations }: SessionState) => {
  if (live.identity === null) return undefined
  const store = await openStore(live.name)
  try {
    const heads = new Map<number, ShardHead>()
    const views: ShardView[] = []
    const scopeKeys: string[] = []
    for (let shard = 0; shard < partitionsOf(live.identity); shard++) {
      const remote = createRemoteShard({ store, shard, wanted: () => true, changedAtMs: clock.now() })
      for (const key of await remote.refresh(clock.now())) scopeKeys.push(key)
      const head = remote.head()
      if (head) heads.set(shard, head)
      views.push(remote.view())
    }
    if (heads.size === 0) return undefined
    const rules = await generations.readRules(live.name)
    return { heads, views, scopeKeys, config: rules === null ? undefined : configOfRules(rules) }
  } finally {
    await store.close()
  }
}

/** Waits until the log has told where it ends. */
const findLogEnd = async (state: SessionState): Promise<RebuildMark> => {
  const { clock, request } = state
  state.source.bound(new Map())
  for (;;) {
    const mark = markOfLogEnd(state.source, { timeSource: request.config.time.source, nowMs: clock.now() })
    if (mark) return mark
    state.rebuild.refuseFailed()
    await state.source.wait(endWaitMs)
  }
}

const swap = async (state: SessionState): Promise<void> => {
  const { generations, live, generation, rebuild, resharding } = state
  state.phase = 'catching-up'
  await advanceTo(state, await findLogEnd(state))
  const completeFromMs = generation.fromMs ?? completeFromOf(state)
  const positions = resharding?.positions()
  for (const shard of rebuild.writers.keys()) {
    const next = positions?.get(shard)
    if (next || completeFromMs !== null)
      await rebuild.seal(shard, {
        ...(next ? { next: writeOffsets(next) } : {}),
        ...(completeFromMs === null ? {} : { coveredFromMs: completeFromMs }),
      })
  }
  if ((await generations.swap({ from: live.name, to: generation.name })) === 'moved')
    throw new FloorwatchError('state-swapped', 'another state went live meanwhile: begin the rebuild anew')
  await finishHandover(generations)
}

const writeOffsets = (offsets: Readonly<Partial<Record<string, bigint>>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(offsets).map(([topic, offset]) => [topic, String(offset)]))
