import type { Contribution, Dimensions, Span } from './contribution.ts'
import { spanLists } from './contribution.ts'
import type { Event } from './events.ts'
import { measureByNumber } from './measures.ts'
import { createPackReader, createPackWriter, type PackReader, type PackWriter } from './packing.ts'
import { fieldNames, fieldNumbers, typeNames, typeNumbers } from './subject-names.ts'
import { openTable, readText, type TextTable, writeText } from './text-table.ts'

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
const plainLayout = 1
const generationLayout = 2
const writer = createPackWriter()

/** Whose it is: `tenantId` and the id are in the key already, so that events need not repeat them. */
export type SubjectOwner = { readonly tenantId: string; readonly id: string }

/** When nothing can join a packed subject any more. */
export const readExpiry = (bytes: Uint8Array): number => {
  const reader = createPackReader(bytes)
  reader.unsigned()
  return reader.unsigned()
}

/** A subject as it is written: generation 0 where none is given. */
export type WrittenSubject = Omit<SubjectState, 'generation'> & { readonly generation?: number }

export const encodeSubject = (owner: SubjectOwner, state: WrittenSubject): Uint8Array => {
  const table = openTable(owner)
  const { generation = 0 } = state
  writer.unsigned(generation === 0 ? plainLayout : generationLayout)
  writer.unsigned(state.expiresAtMs)
  if (generation > 0) writer.unsigned(generation)
  writeEvents(state.events, owner, table)
  const dimensions = writeDimensions(state, table)
  writeContributions(state.contributions, dimensions, table)
  writeSpans(state.spans, dimensions)
  return writer.take()
}

/** Throws where the bytes are of another layout or cut short: a defect, never data. */
export const decodeSubject = (owner: SubjectOwner, bytes: Uint8Array): SubjectState => {
  const reader = createPackReader(bytes)
  const version = reader.unsigned()
  if (version !== plainLayout && version !== generationLayout)
    throw new Error(
      `a subject has layout ${version}, this version reads ${plainLayout} and ${generationLayout}`,
    )
  const table = openTable(owner)
  const expiresAtMs = reader.unsigned()
  const generation = version === generationLayout ? reader.unsigned() : 0
  const events = readEvents(reader, owner, table)
  const dimensions = readDimensions(reader, table)
  const contributions = readContributions(reader, dimensions, table)
  return { events, contributions, spans: readSpans(reader, dimensions), expiresAtMs, generation }
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
const kindText = 0
const kindNumber = 1
const kindFalse = 2
const kindTrue = 3
const kindJson = 4
const kinds = 5

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
      writer.unsigned(number * kinds + kindText)
      writeText(writer, table, value)
      return
    case 'number':
      if (!Number.isInteger(value)) throw new Error(`the event field ${name} is no integer`)
      writer.unsigned(number * kinds + kindNumber)
      writer.signed(value)
      return
    case 'boolean':
      writer.unsigned(number * kinds + (value ? kindTrue : kindFalse))
      return
    default:
      writer.unsigned(number * kinds + kindJson)
      writeText(writer, table, JSON.stringify(value))
  }
}

const readEvents = (reader: PackReader, owner: SubjectOwner, table: TextTable): Event[] => {
  const events: Event[] = []
  let atMs = 0
  let eventId = owner.id
  for (let left = reader.unsigned(); left > 0; left--) {
    const type = typeNames[reader.unsigned()] as string
    atMs += reader.signed()
    eventId = eventId.slice(0, reader.unsigned()) + reader.text()
    const event: Record<string, unknown> = { eventId, type, occurredAt: atMs, tenantId: owner.tenantId }
    for (let fields = reader.unsigned(); fields > 0; fields--) readField(event, reader, table)
    events.push(event as unknown as Event)
  }
  return events
}

const readField = (event: Record<string, unknown>, reader: PackReader, table: TextTable): void => {
  const head = reader.unsigned()
  const name = fieldNames[Math.floor(head / kinds)] as string
  switch (head % kinds) {
    case kindText:
      event[name] = readText(table, reader)
      return
    case kindNumber:
      event[name] = reader.signed()
      return
    case kindJson:
      event[name] = JSON.parse(readText(table, reader))
      return
    default:
      event[name] = head % kinds === kindTrue
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

const readDimensions = (reader: PackReader, table: TextTable): Dimensions[] => {
  const all: Dimensions[] = []
  for (let left = reader.unsigned(); left > 0; left--) {
    const dimensions: Record<string, string> = {}
    for (let pairs = reader.unsigned(); pairs > 0; pairs--) {
      const name = readText(table, reader)
      dimensions[name] = readText(table, reader)
    }
    all.push(dimensions)
  }
  return all
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

const isKeyed = (kind: string): boolean => kind === 'tally' || kind === 'levels'

const readContributions = (
  reader: PackReader,
  dimensions: readonly Dimensions[],
  table: TextTable,
): Contribution[] => {
  const contributions: Contribution[] = []
  let atMs = 0
  for (let left = reader.unsigned(); left > 0; left--) {
    atMs += reader.signed()
    const measure = measureByNumber[reader.unsigned()]
    if (!measure) throw new Error('a subject names a measure this version does not know')
    const value = reader.signed()
    const key = isKeyed(measure.kind) ? readText(table, reader) : ''
    contributions.push({ atMs, measure, value, key, dimensions: dimensions[reader.unsigned()] as Dimensions })
  }
  return contributions
}

const writeSpans = (spans: readonly Span[], dimensions: DimensionPlaces): void => {
  writer.unsigned(spans.length)
  for (const span of spans) writeSpan(writer, span, dimensions.indexOf(span.dimensions))
}

const writeSpan = (into: PackWriter, span: Span, dimensionPlace: number): void => {
  into.unsigned(spanLists.indexOf(span.list))
  into.unsigned(span.fromMs)
  into.unsigned(span.untilMs - span.fromMs)
  into.signed(span.fromMs - span.sinceMs)
  into.unsigned(dimensionPlace)
}

const readSpans = (reader: PackReader, dimensions: readonly Dimensions[]): Span[] => {
  const spans: Span[] = []
  for (let left = reader.unsigned(); left > 0; left--) {
    const list = spanLists[reader.unsigned()] as Span['list']
    const fromMs = reader.unsigned()
    const untilMs = fromMs + reader.unsigned()
    const sinceMs = fromMs - reader.signed()
    spans.push({ list, fromMs, untilMs, sinceMs, dimensions: dimensions[reader.unsigned()] as Dimensions })
  }
  return spans
}
