// avsc is CommonJS, and Node finds no names in it to import.
import avsc, { type Schema } from 'avsc'
import { describeSnapshotAvro, type SnapshotTopic, toAvroValue } from '../core/snapshot-avro.ts'
import { FloorwatchError } from '../errors.ts'
import { findSnapshotSchema, type SnapshotSubject } from './register.ts'
import { wireHeader } from './wire-reader.ts'

/** A snapshot's or heartbeat's JSON in the registry's wire format. */
export type SnapshotWriter = (text: string) => Buffer

/** Nothing is registered here: a schema that the subject lacks throws `schema-missing`. */
export async function openSnapshotWriter(wanted: SnapshotSubject): Promise<SnapshotWriter> {
  const id = await findSnapshotSchema(wanted)
  if (id === undefined)
    throw new FloorwatchError(
      'schema-missing',
      `kafka.snapshotFormat is avro, and the registry has no schema of this version's snapshots under ${wanted.subject}: ` +
        'register it with `floorwatch schemas register`',
    )
  return createSnapshotWriter(wanted.topic, id)
}

export function createSnapshotWriter(topic: SnapshotTopic, schemaId: number): SnapshotWriter {
  const type = avsc.Type.forSchema(describeSnapshotAvro(topic) as Schema)
  const header = wireHeader(schemaId)
  const isUnion = type.typeName === 'union:wrapped'
  return (text) => {
    const { name, fields } = toAvroValue(text)
    return Buffer.concat([header, type.toBuffer(isUnion ? { [name]: fields } : fields)])
  }
}
