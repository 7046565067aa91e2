import {
  type FieldShape,
  heartbeatShape,
  type RecordShape,
  type Shape,
  snapshotShape,
} from './snapshot-shape.ts'

/** The topics of snapshots: current windows, among them heartbeats, and closed ones. */
export const snapshotTopics = ['metrics', 'intervals'] as const
export type SnapshotTopic = (typeof snapshotTopics)[number]

const namespace = 'floorwatch.v1'

/** The Avro schema of a topic's values: one record, or a union of them. Times are epoch ms (`timestamp-millis`). */
export const describeSnapshotAvro = (topic: SnapshotTopic): object => {
  const snapshot = { ...describeRecord(snapshotShape), namespace }
  return topic === 'intervals' ? snapshot : [snapshot, { ...describeRecord(heartbeatShape), namespace }]
}

/** A published value as Avro takes it; `name` is that of its record in the schema. */
export type AvroValue = { readonly name: string; readonly fields: unknown }

/** Of JSON as it is published; a field that the schema lacks is an error, so that none is lost. */
export const toAvroValue = (text: string): AvroValue => {
  const value = JSON.parse(text) as Fields
  const { name, toAvro } = kindOf(value)
  return { name, fields: toAvro(value) }
}

/** JSON as it is published, of a value read by any version's schema; undefined for what is no snapshot and no heartbeat. */
export const fromAvroValue = (value: unknown): string | undefined => {
  if (!isFields(value)) return undefined
  const read = kindOf(value).fromAvro(value)
  return read === misfit ? undefined : JSON.stringify(read)
}

type Fields = Readonly<Record<string, unknown>>

const describeRecord = ({ name, fields }: RecordShape) => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, shape]) => describeField(field, shape)),
})

/** Only what JSON may leave out has a default, so that a later version may leave it out too. */
const describeField = (name: string, shape: FieldShape): unknown =>
  shape.kind === 'optional'
    ? { name, type: ['null', describeShape(shape.of)], default: null }
    : { name, type: describeShape(shape) }

const describeShape = (shape: Shape): unknown => {
  switch (shape.kind) {
    case 'text':
      return 'string'
    case 'flag':
      return 'boolean'
    case 'whole':
      return 'long'
    case 'number':
      return 'double'
    case 'time':
      return { type: 'long', logicalType: 'timestamp-millis' }
    case 'nullable':
      return ['null', describeShape(shape.of)]
    case 'list':
      return { type: 'array', items: describeShape(shape.of) }
    case 'map':
      return { type: 'map', values: describeShape(shape.of) }
    case 'record':
      return describeRecord(shape)
  }
}

type Convert = (value: unknown) => unknown

const compileToAvro = (shape: FieldShape): Convert => {
  switch (shape.kind) {
    case 'text':
    case 'flag':
    case 'whole':
    case 'number':
      return (value) => value
    case 'time':
      return (value) => Date.parse(value as string)
    case 'nullable':
    case 'optional': {
      const convert = compileToAvro(shape.of)
      return (value) => (value === null || value === undefined ? null : convert(value))
    }
    case 'list': {
      const convert = compileToAvro(shape.of)
      return (value) => (value as readonly unknown[]).map(convert)
    }
    case 'map': {
      const convert = compileToAvro(shape.of)
      return (value) =>
        Object.fromEntries(Object.entries(value as Fields).map(([name, one]) => [name, convert(one)]))
    }
    case 'record':
      return compileRecordToAvro(shape)
  }
}

const compileRecordToAvro = ({ name, fields }: RecordShape): Convert => {
  const converts = Object.entries(fields).map(([field, shape]) => [field, compileToAvro(shape)] as const)
  return (value) => {
    const given = value as Fields
    for (const field in given)
      if (!Object.hasOwn(fields, field)) throw new Error(`the schema of ${name} lacks ${field}`)
    const converted: Record<string, unknown> = {}
    for (const [field, convert] of converts) converted[field] = convert(given[field])
    return converted
  }
}

/** Stands for a value of another shape, and makes whatever holds it one. */
const misfit = Symbol('misfit')

const timeMax = 8_640_000_000_000_000

const compileFromAvro = (shape: FieldShape): Convert => {
  switch (shape.kind) {
    case 'text':
      return (value) => (typeof value === 'string' ? value : misfit)
    case 'flag':
      return (value) => (typeof value === 'boolean' ? value : misfit)
    case 'whole':
    case 'number':
      return (value) => (typeof value === 'number' ? value : misfit)
    case 'time':
      return (value) =>
        typeof value === 'number' && Math.abs(value) <= timeMax ? new Date(value).toISOString() : misfit
    case 'nullable': {
      const convert = compileFromAvro(shape.of)
      return (value) => (value === null ? null : convert(value))
    }
    case 'optional': {
      const convert = compileFromAvro(shape.of)
      return (value) => (value === null || value === undefined ? undefined : convert(value))
    }
    case 'list': {
      const convert = compileFromAvro(shape.of)
      return (value) => (Array.isArray(value) ? unlessMisfit(value.map(convert)) : misfit)
    }
    case 'map':
      return compileMapFromAvro(compileFromAvro(shape.of))
    case 'record':
      return compileRecordFromAvro(shape)
  }
}

const compileMapFromAvro =
  (convert: Convert): Convert =>
  (value) => {
    if (!isFields(value)) return misfit
    const entries = Object.entries(value).map(([name, one]) => [name, convert(one)] as const)
    return entries.some(([, one]) => one === misfit) ? misfit : Object.fromEntries(entries)
  }

const compileRecordFromAvro = ({ fields }: RecordShape): Convert => {
  const converts = Object.entries(fields).map(([field, shape]) => [field, compileFromAvro(shape)] as const)
  return (value) => {
    if (!isFields(value)) return misfit
    const read: Record<string, unknown> = {}
    for (const [field, convert] of converts) {
      const one = convert(value[field])
      if (one === misfit) return misfit
      if (one !== undefined) read[field] = one
    }
    return read
  }
}

const unlessMisfit = (items: readonly unknown[]) => (items.includes(misfit) ? misfit : items)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const compileKind = (shape: RecordShape) => ({
  name: `${namespace}.${shape.name}`,
  toAvro: compileToAvro(shape),
  fromAvro: compileFromAvro(shape),
})

const snapshots = compileKind(snapshotShape)
const heartbeats = compileKind(heartbeatShape)

/** What the value is; of another one too, which then does not fit. */
const kindOf = (value: Fields) => ('publisher' in value ? heartbeats : snapshots)
