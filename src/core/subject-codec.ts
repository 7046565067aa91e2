import type { Contribution, Dimensions, Span } from './contribution.ts'
import { spanLists } from './contribution.ts'
import type { Event } from './events.ts'
import { createPackWriter, type PackedText } from './packing.ts'
import { fieldKinds, fieldNumbers, typeNumbers } from './subject-names.ts'
import { openTable, type TextTable, writeText } from './text-table.ts'

/** What is kept of a subject: its events, and what they contributed when it was last counted. */
export type SubjectState = {
  readonly events: readonly Event[]
  readonly contributions: readonly Contribution[]
  readonly spans: readonly Span[]
  /** From this instant on nothing joins the subject any more. */
  readonly expiresAtMs: number
  /** Its contributions are counted in the grouping sets up to this generation. */
  readonly generation: number
}

/** The layout of generation 0 is that of the version before; the second one says the generation. */
export const plainLayout = 1
export const generationLayout = 2
const writer = createPackWriter()

/** Whose it is: `tenantId` and the id are in the key already, so that events need not repeat them. */
export type SubjectOwner = { readonly tenantId: string; readonly id: string }

/** A subject as it is written: generation 0 where none is given. */
export type WrittenSubject = Omit<SubjectState, 'generation'> & { readonly generation?: number }

/** What a packed subject contributed, by itself: of all that a subject takes in memory it would be the most. */
export type PackedFacts = {
  readonly text: PackedText
  readonly at: number
  /** Those it names by their places. */
  readonly texts: readonly string[]
}

export type PackedSubject = { readonly bytes: Uint8Array; readonly facts: PackedFacts }

export const encodeSubject = (owner: SubjectOwner, state: WrittenSubject): Uint8Array => {
  writeSubject(owner, state)
  return writer.take()
}

export const packSubject = (owner: SubjectOwner, state: WrittenSubject): PackedSubject => {
  const { factsAt, texts } = writeSubject(owner, state)
  const text = writer.textFrom(factsAt)
  return { bytes: writer.take(), facts: { text, at: 0, texts: texts.slice() } }
}

const writeSubject = (owner: SubjectOwner, state: WrittenSubject) => {
  const table = openTable(owner)
  const { generation = 0 } = state
  writer.unsigned(generation === 0 ? plainLayout : generationLayout)
  writer.unsigned(state.expiresAtMs)
  if (generation > 0) writer.unsigned(generation)
  writeEvents(state.events, owner, table)
  const factsAt = writer.size()
  const dimensions = writeDimensions(state, table)
  writeContributions(state.contributions, dimensions, table)
  writeSpans(state.spans, dimensions)
  return { factsAt, texts: table.texts }
}

const writeEvents = (events: readonly Event[], owner: SubjectOwner, table: TextTable): void => {
  writer.unsigned(events.length)
  let atMs = 0
  let eventId = owner.id
  for (const event of events) {
    writer.unsigned(typeNumbers.get(event.type) as number)
    writer.signed(event.occurredAt - atMs)
    writeEventId(event.eventId, eventId)
    writeFields(event, table)
    atMs = event.occurredAt
    eventId = event.eventId
  }
}

/** Ids of one subject often begin alike: the length of the shared beginning, then the rest. */
const writeEventId = (eventId: string, before: string): void => {
  let shared = 0
  const length = Math.min(before.length, eventId.length)
  while (shared < length && before.charCodeAt(shared) === eventId.charCodeAt(shared)) shared++
  // Half of a character has no bytes of its own.
  if (isHighSurrogate(eventId.charCodeAt(shared - 1))) shared--
  writer.unsigned(shared)
  writer.text(eventId.slice(shared))
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00

/** Written before the others; every event has them. */
const apartFields: ReadonlySet<string> = new Set(['type', 'occurredAt', 'eventId', 'tenantId'])
const writeFields = (event: Event, table: TextTable): void => {
  const fields = event as unknown as Readonly<Record<string, unknown>>
  writer.unsigned(countNames(fields) - apartFields.size)
  for (const name in fields) if (!apartFields.has(name)) writeField(name, fields[name], table)
}

/** Half the time of `Object.keys`, here and where fields are read by their names: objects of events have nothing but their own. */
const countNames = (fields: Readonly<Record<string, unknown>>): number => {
  let count = 0
  for (const _ in fields) count++
  return count
}

const writeField = (name: string, value: unknown, table: TextTable): void => {
  const number = fieldNumbers.get(name)
  if (number === undefined) throw new Error(`the event field ${name} has no number`)
  switch (typeof value) {
    case 'string':
      writer.unsigned(number * fieldKinds.count + fieldKinds.text)
      writeText(writer, table, value)
      return
    case 'number':
      if (!Number.isInteger(value)) throw new Error(`the event field ${name} is no integer`)
      writer.unsigned(number * fieldKinds.count + fieldKinds.number)
      writer.signed(value)
      return
    case 'boolean':
      writer.unsigned(number * fieldKinds.count + (value ? fieldKinds.true : fieldKinds.false))
      return
    default:
      writer.unsigned(number * fieldKinds.count + fieldKinds.json)
      writeText(writer, table, JSON.stringify(value))
  }
}

/** Those of a subject's contributions and spans, each once; written by their places. */
const writeDimensions = ({ contributions, spans }: WrittenSubject, table: TextTable): DimensionPlaces => {
  const places: Dimensions[] = []
  noteDimensions(places, contributions)
  noteDimensions(places, spans)
  writer.unsigned(places.length)
  for (const dimensions of places) {
    writer.unsigned(countNames(dimensions))
    for (const name in dimensions) {
      writeText(writer, table, name)
      writeText(writer, table, dimensions[name] as string)
    }
  }
  return places
}

type Dimensioned = { readonly dimensions: Dimensions }

const noteDimensions = (places: Dimensions[], of: readonly Dimensioned[]): void => {
  let last: Dimensions | undefined
  for (const { dimensions } of of) {
    if (dimensions !== last && !places.includes(dimensions)) places.push(dimensions)
    last = dimensions
  }
}

type DimensionPlaces = readonly Dimensions[]

const writeContributions = (
  contributions: readonly Contribution[],
  dimensions: DimensionPlaces,
  table: TextTable,
): void => {
  writer.unsigned(contributions.length)
  let atMs = 0
  let last: Dimensions | undefined
  let place = 0
  for (const contribution of contributions) {
    writer.signed(contribution.atMs - atMs)
    writer.unsigned(contribution.measure.number)
    writer.signed(contribution.value)
    if (isKeyed(contribution.measure.kind)) writeText(writer, table, contribution.key)
    if (contribution.dimensions !== last) place = dimensions.indexOf(contribution.dimensions)
    last = contribution.dimensions
    writer.unsigned(place)
    atMs = contribution.atMs
  }
}

export const isKeyed = (kind: string): boolean => kind === 'tally' || kind === 'levels'

const writeSpans = (spans: readonly Span[], dimensions: DimensionPlaces): void => {
  writer.unsigned(spans.length)
  for (const span of spans) {
    writer.unsigned(spanLists.indexOf(span.list))
    writer.unsigned(span.fromMs)
    writer.unsigned(span.untilMs - span.fromMs)
    writer.signed(span.fromMs - span.sinceMs)
    writer.unsigned(dimensions.indexOf(span.dimensions))
  }
}
