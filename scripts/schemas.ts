/** Writes schemas/ from the table of events and the shape of snapshots: `node scripts/schemas.ts`. */
import { writeFileSync } from 'node:fs'
import { describeAvro, describeJson } from '../src/core/event-schemas.ts'
import { describeSnapshotAvro, snapshotTopics } from '../src/core/snapshot-avro.ts'
import { topics } from '../src/core/topics.ts'

for (const topic of topics) {
  writeSchema(`${topic}.avsc`, describeAvro(topic))
  writeSchema(`${topic}.schema.json`, describeJson(topic))
}

for (const topic of snapshotTopics) writeSchema(`${topic}.avsc`, describeSnapshotAvro(topic))

function writeSchema(name: string, schema: object): void {
  writeFileSync(new URL(`../schemas/${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`)
}
