/** The service on ports in memory, one of them broken as the argument says, run as the command line runs it. */
import { runUntilStopped } from '../../src/commands/start.ts'
import { configSchema } from '../../src/config-schema.ts'
import { FloorwatchError } from '../../src/errors.ts'
import { createMemoryDeadLetters } from '../../src/memory/dead-letters.ts'
import { createMemoryLog } from '../../src/memory/log.ts'
import { createMemorySnapshots } from '../../src/memory/snapshots.ts'
import { createMemorySource } from '../../src/memory/source.ts'
import { createMemoryStore } from '../../src/memory/store.ts'
import type { AssignmentListener, EventSource, StateStore } from '../../src/ports.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { createService } from '../../src/service.ts'
import { stopSignal } from '../../src/stop-signal.ts'
import { inputTopics } from '../../src/topic-names.ts'
import { openHealth } from '../../src/wiring-health.ts'
import { createLog } from '../../src/wiring-service.ts'

const breakAfterMs = 500
const never = () => new Promise<never>(() => undefined)

const dieLater = (listener: AssignmentListener): void => {
  const error = new FloorwatchError('kafka-data-loss', 'the log is not what it was')
  setTimeout(() => listener.onFatal(error), breakAfterMs)
}

const sources: Readonly<Record<string, (source: EventSource) => Partial<EventSource>>> = {
  'source-fatal': (source) => ({
    start: (listener) => {
      dieLater(listener)
      return source.start(listener)
    },
  }),
  'no-progress': () => ({ take: () => undefined }),
}
const stores: Readonly<Record<string, Partial<StateStore>>> = {
  'loop-bug': { commit: () => Promise.reject(new TypeError('a bug')) },
  'loop-hangs': { commit: never },
}

const fault = process.argv[2] ?? ''
const config = configSchema.parse({
  limits: { turnMs: 1_500, noProgressMs: 1_500 },
  log: { level: 'error' },
})
const events = createMemoryLog({ partitions: 1, topics: inputTopics, partitioner: 'murmur2' })
events.append('call-queue', { key: 'a', value: '{}', timestampMs: Date.now() })
const source = createMemorySource({
  log: events,
  startFrom: 'earliest',
  onDataLoss: 'stop',
  dropCommitted: false,
})
const snapshots = createMemorySnapshots({ closedMax: 10 })
const health = openHealth(config, 'test')
const ports = {
  source: { ...source, ...sources[fault]?.(source) },
  store: { ...createMemoryStore({ chainLength: 16 }), ...stores[fault] },
  decoder: createRegistryDecoder({}),
  deadLetters: createMemoryDeadLetters({ lettersMax: 10 }),
  sink: snapshots.sink,
  clock: { now: Date.now },
  meter: health.meter,
}
const service = createService(config, ports, createLog(config))
health.watch(service.status, health.fail)
if (fault === 'wall-reader')
  setTimeout(() => health.fail(new FloorwatchError('kafka-unavailable', 'no snapshots')), breakAfterMs)
const running = {
  service,
  wall: { url: '', close: async () => undefined },
  failed: health.failed,
  close: async () => {
    await Promise.all([health.close(), service.stop(), source.close()])
    if (fault === 'close-hangs') await never()
  },
}
const stopped = stopSignal()
if (fault === 'left-open') setInterval(() => undefined, 1_000)
process.stdout.write('running\n')
const io = {
  print: (line: string) => void process.stdout.write(`${line}\n`),
  complain: (line: string) => void process.stderr.write(`${line}\n`),
  exit: (code: number) => process.exit(code),
  stopped,
}
try {
  process.exitCode = await runUntilStopped(running, io)
} catch (error) {
  if (!(error instanceof FloorwatchError)) throw error
  process.stderr.write(`floorwatch: ${error.message}\n`)
  process.exitCode = 1
}
