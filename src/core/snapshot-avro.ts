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
  const shape = shapeOf(value)
  return { name: `${namespace}.${shape.name}`, fields: toAvro(shape, value) }
}

/** JSON as it is published, of a value read by any version's schema; undefined for what is no snapshot and no heartbeat. */
export const fromAvroValue = (value: unknown): string | undefined => {
  if (!isFields(value)) return undefined
  const read = fromAvro(shapeOf(value), value)
  return read === misfit ? undefined : JSON.stringify(read)
}

type Fields = Readonly<Record<string, unknown>>

const shapeOf = (value: Fields): RecordShape => ('publisher' in value ? heartbeatShape : snapshotShape)

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

const toAvro = (shape: FieldShape, value: unknown): unknown => {
  switch (shape.kind) {
    case 'text':
    case 'flag':
    case 'whole':
    case 'number':
      return value
    case 'time':
      return Date.parse(value as string)
    case 'nullable':
      return value === null ? null : toAvro(shape.of, value)
    case 'optional':
      return value === undefined ? null : toAvro(shape.of, value)
    case 'list':
      return (value as readonly unknown[]).map((item) => toAvro(shape.of, item))
    case 'map':
      return mapFields(value as Fields, (item) => toAvro(shape.of, item))
    case 'record':
      return toAvroRecord(shape, value as Fields)
  }
}

const toAvroRecord = ({ name, fields }: RecordShape, value: Fields): Fields => {
  for (const field of Object.keys(value))
    if (!Object.hasOwn(fields, field)) throw new Error(`the schema of ${name} lacks ${field}`)
  return mapFields(fields, (shape, field) => toAvro(shape, value[field]))
}

const mapFields = <T>(
  fields: Readonly<Record<string, T>>,
  map: (value: T, name: string) => unknown,
): Fields => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, map(value, name)]))

/** Stands for a value of another shape, and makes whatever holds it one. */
const misfit = Symbol('misfit')

const timeMax = 8_640_000_000_000_000

const fromAvro = (shape: FieldShape, value: unknown): unknown => {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string' ? value : misfit
    case 'flag':
      return typeof value === 'boolean' ? value : misfit
    case 'whole':
    case 'number':
      return typeof value === 'number' ? value : misfit
    case 'time':
      return typeof value === 'number' && Math.abs(value) <= timeMax ? new Date(value).toISOString() : misfit
    case 'nullable':
      return value === null ? null : fromAvro(shape.of, value)
    case 'optional':
      return value === null || value === undefined ? undefined : fromAvro(shape.of, value)
    case 'list':
      return Array.isArray(value) ? unlessMisfit(value.map((item) => fromAvro(shape.of, item))) : misfit
    case 'map':
      return isFields(value) ? readFields(value, (item) => fromAvro(shape.of, item)) : misfit
    case 'record':
      return isFields(value)
        ? readFields(shape.fields, (field, name) => fromAvro(field, value[name]))
        : misfit
  }
}

const readFields = <T>(fields: Readonly<Record<string, T>>, read: (value: T, name: string) => unknown) => {
  const found = mapFields(fields, read)
  return Object.values(found).includes(misfit) ? misfit : found
}

const unlessMisfit = (items: readonly unknown[]) => (items.includes(misfit) ? misfit : items)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
