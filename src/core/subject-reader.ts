import {
  type Contribution,
  type Dimensions,
  type InternDimensions,
  type Span,
  type StatedFacts,
  spanLists,
} from './contribution.ts'
import type { Event } from './events.ts'
import { measureByNumber } from './measures.ts'
import {
  createPackReader,
  nextSigned,
  nextText,
  nextUnsigned,
  type PackCursor,
  toPackedText,
} from './packing.ts'
import {
  generationLayout,
  isKeyed,
  type PackedFacts,
  plainLayout,
  type SubjectOwner,
  type SubjectState,
} from './subject-codec.ts'
import { fieldKinds, fieldNames, typeNames } from './subject-names.ts'
import { readText } from './text-table.ts'

/** When nothing can join a packed subject any more. */
export const readExpiry = (bytes: Uint8Array): number => {
  const reader = createPackReader(bytes)
  reader.unsigned()
  return reader.unsigned()
}

/** A packed subject of which only the events have been read. */
export type HalfReadSubject = Pick<SubjectState, 'expiresAtMs' | 'generation'> & {
  readonly events: Event[]
  readonly facts: PackedFacts
}

/** Throws where the bytes are of another layout or cut short: a defect, never data. So do the others that read. */
export const decodeEvents = (owner: SubjectOwner, bytes: Uint8Array): HalfReadSubject => {
  const cursor = { text: toPackedText(bytes), at: 0 }
  const version = nextUnsigned(cursor)
  if (version !== plainLayout && version !== generationLayout)
    throw new Error(
      `a subject has layout ${version}, this version reads ${plainLayout} and ${generationLayout}`,
    )
  const texts = [owner.id]
  const expiresAtMs = nextUnsigned(cursor)
  const generation = version === generationLayout ? nextUnsigned(cursor) : 0
  const events = readEvents(cursor, owner, texts)
  return { events, expiresAtMs, generation, facts: { text: cursor.text, at: cursor.at, texts } }
}

/** May be called again: it leaves what it reads as it is. */
export const decodeFacts = (
  { text, at, texts: known }: PackedFacts,
  intern: InternDimensions,
): StatedFacts => {
  const cursor = { text, at }
  const texts = known.slice()
  const dimensions = readDimensions(cursor, texts).map(intern)
  const contributions = readContributions(cursor, dimensions, texts)
  return { contributions, spans: readSpans(cursor, dimensions) }
}

const asDecoded: InternDimensions = (dimensions) => dimensions

export const decodeSubject = (owner: SubjectOwner, bytes: Uint8Array): SubjectState => {
  const { facts, ...subject } = decodeEvents(owner, bytes)
  return { ...subject, ...decodeFacts(facts, asDecoded) }
}

const readEvents = (cursor: PackCursor, owner: SubjectOwner, texts: string[]): Event[] => {
  const events: Event[] = []
  let atMs = 0
  let eventId = owner.id
  for (let left = nextUnsigned(cursor); left > 0; left--) {
    const type = typeNames[nextUnsigned(cursor)] as string
    atMs += nextSigned(cursor)
    eventId = eventId.slice(0, nextUnsigned(cursor)) + nextText(cursor)
    const event: Record<string, unknown> = { eventId, type, occurredAt: atMs, tenantId: owner.tenantId }
    for (let fields = nextUnsigned(cursor); fields > 0; fields--) readField(event, cursor, texts)
    events.push(event as unknown as Event)
  }
  return events
}

const readField = (event: Record<string, unknown>, cursor: PackCursor, texts: string[]): void => {
  const head = nextUnsigned(cursor)
  const name = fieldNames[Math.floor(head / fieldKinds.count)] as string
  switch (head % fieldKinds.count) {
    case fieldKinds.text:
      event[name] = readText(texts, cursor)
      return
    case fieldKinds.number:
      event[name] = nextSigned(cursor)
      return
    case fieldKinds.json:
      event[name] = JSON.parse(readText(texts, cursor))
      return
    default:
      event[name] = head % fieldKinds.count === fieldKinds.true
  }
}

const readDimensions = (cursor: PackCursor, texts: string[]): Dimensions[] => {
  const all: Dimensions[] = []
  for (let left = nextUnsigned(cursor); left > 0; left--) {
    const dimensions: Record<string, string> = {}
    for (let pairs = nextUnsigned(cursor); pairs > 0; pairs--) {
      const name = readText(texts, cursor)
      dimensions[name] = readText(texts, cursor)
    }
    all.push(dimensions)
  }
  return all
}

const readContributions = (
  cursor: PackCursor,
  dimensions: readonly Dimensions[],
  texts: string[],
): Contribution[] => {
  const contributions: Contribution[] = []
  let atMs = 0
  for (let left = nextUnsigned(cursor); left > 0; left--) {
    atMs += nextSigned(cursor)
    const measure = measureByNumber[nextUnsigned(cursor)]
    if (!measure) throw new Error('a subject names a measure this version does not know')
    const value = nextSigned(cursor)
    const key = isKeyed(measure.kind) ? readText(texts, cursor) : ''
    contributions.push({
      atMs,
      measure,
      value,
      key,
      dimensions: dimensions[nextUnsigned(cursor)] as Dimensions,
    })
  }
  return contributions
}

const readSpans = (cursor: PackCursor, dimensions: readonly Dimensions[]): Span[] => {
  const spans: Span[] = []
  for (let left = nextUnsigned(cursor); left > 0; left--) {
    const list = spanLists[nextUnsigned(cursor)] as Span['list']
    const fromMs = nextUnsigned(cursor)
    const untilMs = fromMs + nextUnsigned(cursor)
    const sinceMs = fromMs - nextSigned(cursor)
    spans.push({ list, fromMs, untilMs, sinceMs, dimensions: dimensions[nextUnsigned(cursor)] as Dimensions })
  }
  return spans
}
