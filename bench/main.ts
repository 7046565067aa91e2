import { parseArgs } from 'node:util'
import { measureCatchUp } from './catch-up.ts'
import { measureEngine } from './engine.ts'
import { type GoalId, goals } from './goals.ts'
import { measureLatency } from './latency.ts'
import { measureLongSubject } from './long-subject.ts'
import { measureMemory } from './memory.ts'
import { measureDense, measureHistory } from './pipeline.ts'
import { endProcesses } from './processes.ts'
import { formatTable, type Result, writeResults } from './results.ts'
import { type BenchServers, createServers } from './servers.ts'
import { measureIdleScopes, measureKeys } from './side-by-side.ts'
import { measureTakeover } from './takeover.ts'
import { measureTwoProcesses } from './two-processes.ts'

/** `npm run bench [-- --only id,id]`: measures, prints the table, writes results.json. */

type Suite = {
  readonly ids: readonly GoalId[]
  readonly measure: (servers: BenchServers, ids: ReadonlySet<GoalId>) => Promise<readonly Result[]>
}

const suites: readonly Suite[] = [
  { ids: ['engine-vs-json', 'replay-vs-json'], measure: (_, ids) => measureEngine(ids) },
  { ids: ['pipeline-vs-kafkajs', 'pipeline-vs-hand-written'], measure: measureDense },
  { ids: ['history-vs-kafkajs'], measure: measureHistory },
  { ids: ['two-processes'], measure: measureTwoProcesses },
  { ids: ['latency-p99'], measure: measureLatency },
  { ids: ['keys-x10'], measure: measureKeys },
  { ids: ['idle-scopes'], measure: measureIdleScopes },
  { ids: ['long-subject'], measure: measureLongSubject },
  { ids: ['memory'], measure: measureMemory },
  { ids: ['takeover'], measure: measureTakeover },
  { ids: ['catch-up'], measure: measureCatchUp },
]

const askedIds = (): ReadonlySet<GoalId> => {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values
  const known = goals.map(({ id }) => id)
  if (only === undefined) return new Set(known)
  const asked = only.split(',')
  const unknown = asked.filter((id) => !known.some((goal) => goal === id))
  if (unknown.length > 0)
    throw new Error(`no figure is called ${unknown.join(', ')}: one of ${known.join(', ')}`)
  return new Set(known.filter((id) => asked.includes(id)))
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endProcesses()
    process.exit(1)
  })
const ids = askedIds()
const servers = createServers()
const results: Result[] = []
try {
  for (const suite of suites) {
    const wanted = new Set(suite.ids.filter((id) => ids.has(id)))
    if (wanted.size === 0) continue
    console.log([...wanted].join(', '))
    results.push(...(await suite.measure(servers, wanted)))
  }
} finally {
  endProcesses()
  await servers.stop()
}
writeResults(goals, results)
console.log(`\n${formatTable(goals, results)}`)
process.exit(0)
