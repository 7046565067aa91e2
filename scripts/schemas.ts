/** Writes schemas/ from the table of events: `node scripts/schemas.ts`. */
import { writeFileSync } from 'node:fs'
import { describeAvro, describeJson } from '../src/core/event-schemas.ts'
import { topics } from '../src/core/topics.ts'

for (const topic of topics) {
  writeSchema(`${topic}.avsc`, describeAvro(topic))
  writeSchema(`${topic}.schema.json`, describeJson(topic))
}

function writeSchema(name: string, schema: object): void {
  writeFileSync(new URL(`../schemas/${name}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`)
}
