import type { Dimensions, StatedFacts } from './contribution.ts'
import { type Event, parseSubjectKey, subjectOf } from './events.ts'
import { ownText } from './packing.ts'
import type { ShardState, Subject } from './shard-state.ts'
import { encodeSubject } from './subject-codec.ts'
import { decodeEvents, decodeFacts } from './subject-reader.ts'
import { enterNewest, leaveOrder } from './usage-order.ts'
import { createValueTree, placeBeyond } from './value-tree.ts'

export const loadSubject = (state: ShardState, key: string, packed: Uint8Array | null): void => {
  const owner = parseSubjectKey(key)
  if (packed === null) {
    enterSubject(state, emptySubject(state, { key, ...owner }))
    return
  }
  const { events, facts, expiresAtMs, generation } = decodeEvents(owner, packed)
  enterSubject(state, { key, ...owner, events, facts, expiresAtMs, generation, ...unlinked })
}

const unlinked = { older: undefined, newer: undefined }

/** In the place of one that is there already. */
const enterSubject = (state: ShardState, subject: Subject): void => {
  const before = state.subjects.get(subject.key)
  if (before) leaveOrder(state.usage, before)
  state.subjects.set(subject.key, subject)
  enterNewest(state.usage, subject)
}

export const dropSubject = (state: ShardState, subject: Subject): void => {
  state.subjects.delete(subject.key)
  leaveOrder(state.usage, subject)
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
  ...unlinked,
})

export const createSubject = (state: ShardState, key: string, event: Event): Subject => {
  const subject = emptySubject(state, { key, ...subjectOf(event) })
  enterSubject(state, subject)
  return subject
}

/** One object for equal dimensions, less those no grouping set names. */
export const internDimensions = (state: ShardState, tenantId: string, dimensions: Dimensions): Dimensions => {
  let place = placeBeyond(state.dimensions, tenantId)
  for (const name of state.lookedUpNames) place = placeBeyond(place, dimensions[name])
  if (place.leaf) return place.leaf
  const own: Record<string, string> = {}
  for (const name of state.usedNames) {
    const value = dimensions[name]
    if (value !== undefined) own[name] = ownText(value)
  }
  place.leaf = own
  if (++state.internedCount >= internedMax) {
    state.dimensions = createValueTree()
    state.internedCount = 0
  }
  return own
}

/** Interning is only speed: past this many the table begins anew. */
const internedMax = 200_000

/** Packs and drops the subjects longest unused, down to `keep`; those a commit still has to write stay. */
export const evictSubjects = (
  state: ShardState,
  keep: number,
  packed?: (key: string, bytes: Uint8Array) => void,
): void => {
  for (let next = state.usage.oldest; next && state.subjects.size > keep; ) {
    const subject = next
    next = subject.newer
    const { key } = subject
    if (state.marked.has(subject) || state.delta.subjects.has(key)) continue
    packed?.(key, encodeSubject(subject, { ...subject, ...factsOf(state, subject) }))
    dropSubject(state, subject)
  }
}
