import { FloorwatchError } from '../../src/errors.ts'
import { createMemoryStore } from '../../src/memory/store.ts'
import type { Generation, GenerationStore, StateStore } from '../../src/ports.ts'

/** Generations in memory, and the stores they name: what Redis holds under one prefix. */
export type MemoryGenerations = {
  readonly generations: GenerationStore
  readonly open: (name: string) => Promise<StateStore>
  /** Redis emptied. */
  lose(): void
}

type Kept = { readonly store: StateStore; readonly retired: Set<number>; identity: string | null }

export const createMemoryGenerations = (): MemoryGenerations => {
  const kept = new Map<string, Kept>()
  const records = new Map<string, Generation>()
  const rules = new Map<string, string>()
  let live = { name: '', former: null as string | null }
  let retired: string | null = null
  let floor = 0
  const find = (name: string): Kept => {
    const found = kept.get(name) ?? {
      store: createMemoryStore({ chainLength: 16 }),
      retired: new Set(),
      identity: null,
    }
    kept.set(name, found)
    return found
  }
  const generations: GenerationStore = {
    live: async () => ({
      ...live,
      revisionFloor: retired !== null && retired === live.former ? floor : null,
    }),
    list: async () => [...records.values()],
    put: async (generation) => void records.set(generation.name, generation),
    readRules: async (name) => rules.get(name) ?? null,
    putRules: async (name, text) => void rules.set(name, text),
    swap: async ({ from, to }) => {
      if (live.name === to) return 'swapped'
      if (live.name !== from) return 'moved'
      live = { name: to, former: from }
      retired = null
      return 'swapped'
    },
    readIdentity: async (name) => kept.get(name)?.identity ?? null,
    retireShard: async (name, shard) => {
      find(name).retired.add(shard)
      return (await find(name).store.readChanges(shard, { sinceId: '', wanted: () => false })).head
    },
    noteRetired: async (former, revisionFloor) => {
      retired = former
      floor = Math.max(floor, revisionFloor)
    },
    drop: async (name) => {
      kept.delete(name)
      records.delete(name)
      rules.delete(name)
    },
    close: async () => {},
  }
  return {
    generations,
    open: async (name) => fenceRetired(find(name)),
    lose: () => {
      kept.clear()
      records.clear()
      rules.clear()
      live = { name: '', former: null }
      retired = null
      floor = 0
    },
  }
}

const fenceRetired = (kept: Kept): StateStore => ({
  ...kept.store,
  checkIdentity: async (identity) => {
    await kept.store.checkIdentity(identity)
    kept.identity = identity
  },
  takeShard: async (shard, nowMs) => {
    if (kept.retired.has(shard)) throw new FloorwatchError('state-moved', `shard ${shard} is retired`)
    return kept.store.takeShard(shard, nowMs)
  },
  commit: async (shard, commit) => (kept.retired.has(shard) ? 'fenced' : kept.store.commit(shard, commit)),
})
