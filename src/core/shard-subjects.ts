import type { Dimensions, StatedFacts } from './contribution.ts'
import { type Event, parseSubjectKey, subjectOf } from './events.ts'
import type { ShardState, Subject } from './shard-state.ts'
import { encodeSubject } from './subject-codec.ts'
import { decodeEvents, decodeFacts } from './subject-reader.ts'
import { createValueTree, placeBeyond } from './value-tree.ts'

export const loadSubject = (state: ShardState, key: string, packed: Uint8Array | null): void => {
  const owner = parseSubjectKey(key)
  if (packed === null) {
    state.subjects.set(key, emptySubject(state, { key, ...owner }))
    return
  }
  const { events, facts, expiresAtMs, generation } = decodeEvents(owner, packed)
  state.subjects.set(key, {
    key,
    ...owner,
    events,
    facts,
    expiresAtMs,
    generation,
  })
}

/** What the subject contributed, read anew where it is packed. */
export const factsOf = (state: ShardState, { tenantId, facts }: Subject): StatedFacts =>
  'text' in facts ? decodeFacts(facts, (dimensions) => internDimensions(state, tenantId, dimensions)) : facts

type SubjectName = Pick<Subject, 'key' | 'tenantId' | 'kind' | 'id'>

const emptySubject = ({ generations }: ShardState, name: SubjectName): Subject => ({
  ...name,
  events: [],
  facts: { contributions: [], spans: [] },
  expiresAtMs: 0,
  generation: generations.generation,
})

export const createSubject = (state: ShardState, key: string, event: Event): Subject => {
  const subject = emptySubject(state, { key, ...subjectOf(event) })
  state.subjects.set(key, subject)
  return subject
}

/** One object for equal dimensions, less those no grouping set names. */
export const internDimensions = (state: ShardState, tenantId: string, dimensions: Dimensions): Dimensions => {
  let place = placeBeyond(state.dimensions, tenantId)
  for (const name of state.lookedUpNames) place = placeBeyond(place, dimensions[name])
  if (place.leaf) return place.leaf
  const own: Record<string, string> = {}
  for (const name of state.usedNames) if (dimensions[name] !== undefined) own[name] = dimensions[name]
  place.leaf = own
  if (++state.internedCount >= internedMax) {
    state.dimensions = createValueTree()
    state.internedCount = 0
  }
  return own
}

/** Interning is only speed: past this many the table begins anew. */
const internedMax = 200_000

/** Most recently used last. */
export const touchSubject = (state: ShardState, subject: Subject): void => {
  state.subjects.delete(subject.key)
  state.subjects.set(subject.key, subject)
}

/** Packs and drops the subjects longest unused, down to `keep`; those a commit still has to write stay. */
export const evictSubjects = (
  state: ShardState,
  keep: number,
  packed?: (key: string, bytes: Uint8Array) => void,
): void => {
  for (const [key, subject] of state.subjects) {
    if (state.subjects.size <= keep) return
    if (state.marked.has(subject) || state.delta.subjects.has(key)) continue
    packed?.(key, encodeSubject(subject, { ...subject, ...factsOf(state, subject) }))
    state.subjects.delete(key)
  }
}
