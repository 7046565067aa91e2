import { decodeHead, encodeHead, type ShardHead } from '../../../src/core/shard-codec.ts'
import { FloorwatchError } from '../../../src/errors.ts'
import type { Commit, DeadLetter, StateStore } from '../../../src/ports.ts'
import type { ServicePorts } from '../../../src/service.ts'
import type { Alteration } from '../world.ts'

/** Bugs that show at the ports: what a process asks of the outside, or makes of the answer, is not what it should be. */
type PortBug = { readonly what: string; readonly alteration: Alteration }

const alterStore = (alter: (store: StateStore) => Partial<StateStore>): Alteration => ({
  alterPorts: (ports) => ({ ...ports, store: { ...ports.store, ...alter(ports.store) } }),
})

const alterHead = (alter: (head: ShardHead) => ShardHead): Alteration =>
  alterStore((store) => ({
    commit: (shard, commit) =>
      store.commit(shard, { ...commit, head: encodeHead(alter(decodeHead(commit.head))) }),
  }))

/** The offsets stand first, and the numbers in a second commit. */
const commitOffsetsFirst = async (store: StateStore, shard: number, commit: Commit) => {
  const id = `${commit.id}-offsets`
  const empty = new Map<string, never>()
  const parts = { subjects: empty, cells: empty, open: empty, journal: empty }
  const first = await store.commit(shard, { ...commit, ...parts, id })
  return first === 'committed' ? store.commit(shard, { ...commit, previousId: id }) : first
}

const isDoubt = (error: unknown): boolean =>
  error instanceof FloorwatchError && error.code === 'redis-outcome-unknown'

const takeDoubtForDone = async (store: StateStore, shard: number, commit: Commit) => {
  try {
    return await store.commit(shard, commit)
  } catch (error) {
    if (isDoubt(error)) return 'committed'
    throw error
  }
}

/** Sent again until it is answered, and what does not fit any more is taken for done. */
const resend = async (store: StateStore, shard: number, commit: Commit) => {
  for (let attempt = 0; ; attempt++) {
    try {
      const outcome = await store.commit(shard, commit)
      return outcome === 'diverged' ? 'committed' : outcome
    } catch (error) {
      if (!isDoubt(error) || attempt === 3) throw error
    }
  }
}

const sendLettersLater = (ports: ServicePorts): ServicePorts => {
  let held: DeadLetter[] = []
  const commit: StateStore['commit'] = async (shard, given) => {
    const outcome = await ports.store.commit(shard, given)
    const letters = held
    held = []
    if (letters.length > 0) await ports.deadLetters.send(letters)
    return outcome
  }
  const send = async (letters: readonly DeadLetter[]) => void held.push(...letters)
  return { ...ports, store: { ...ports.store, commit }, deadLetters: { ...ports.deadLetters, send } }
}

const nextPlus = (step: bigint) => (head: ShardHead) => ({
  ...head,
  next: Object.fromEntries(
    Object.entries(head.next).map(([topic, next]) => [topic, String(BigInt(next) + step)]),
  ),
})

export const portBugs: Readonly<Record<string, PortBug>> = {
  'offsets-before-state': {
    what: 'offsets are committed before the state',
    alteration: alterStore((store) => ({
      commit: (shard, commit) => commitOffsetsFirst(store, shard, commit),
    })),
  },
  'no-epoch-check': { what: 'the epoch of a commit is not checked', alteration: { checksEpoch: false } },
  'no-predecessor': {
    what: 'a commit does not name the one before it',
    alteration: { checksPrevious: false },
  },
  'doubt-is-done': {
    what: 'a commit without an answer is taken for done, and the next one does not ask for it',
    alteration: {
      ...alterStore((store) => ({
        commit: (shard, commit) => takeDoubtForDone(store, shard, commit),
      })),
      checksPrevious: false,
    },
  },
  'resend-on-timeout': {
    what: 'a commit without an answer is sent again, and "diverged" taken for its trace',
    alteration: alterStore((store) => ({ commit: (shard, commit) => resend(store, shard, commit) })),
  },
  'as-of-not-stored': {
    what: 'as-of is not stored with the cells',
    alteration: alterHead((head) => ({ ...head, asOfMs: Number.NEGATIVE_INFINITY })),
  },
  'offset-too-high': { what: 'the stored offset is one too high', alteration: alterHead(nextPlus(1n)) },
  'letters-after-commit': {
    what: 'dead letters are sent after the commit',
    alteration: { alterPorts: sendLettersLater },
  },
  'open-lost-on-restore': {
    what: 'open and due entries are lost when a shard is loaded',
    alteration: alterStore((store) => ({
      takeShard: async (shard, nowMs) => ({ ...(await store.takeShard(shard, nowMs)), open: new Map() }),
    })),
  },
  'journal-dropped': {
    what: 'the journal of corrections is not stored',
    alteration: alterStore((store) => ({
      commit: (shard, commit) => store.commit(shard, { ...commit, journal: new Map() }),
    })),
  },
  'stale-read': {
    what: 'a reader that fell behind the chain takes what the chain still names for all that changed',
    alteration: { noticesGaps: false },
  },
  'unacknowledged-is-sent': {
    what: 'snapshots that Kafka refused are taken for published',
    alteration: {
      alterPorts: (ports) => ({
        ...ports,
        sink: { ...ports.sink, publish: (records) => ports.sink.publish(records).catch(() => undefined) },
      }),
    },
  },
  'seek-forgotten': {
    what: 'the source is not sought back when a shard is loaded again',
    alteration: { alterPorts: (ports) => ({ ...ports, source: { ...ports.source, seek: async () => {} } }) },
  },
  'starts-from-hints': {
    what: "a shard starts at Kafka's committed offsets",
    alteration: { startsFromHints: true },
  },
  'lateness-by-clock': {
    what: 'lateness is judged by the clock at which a record is read',
    alteration: {
      alterPorts: (ports) => ({
        ...ports,
        source: {
          ...ports.source,
          take: (shard, topic) => {
            const record = ports.source.take(shard, topic)
            return record && { ...record, timestampMs: ports.clock.now() }
          },
        },
      }),
    },
  },
}
