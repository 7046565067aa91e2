import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Meter, ServiceStatus } from '../ports.ts'
import { type StatusMetric, statusMetrics } from './status-metrics.ts'

export type Instruments = {
  /** What the loop tells is kept here. */
  readonly meter: Meter
  /** Ages by the given clock; null: not yet. */
  readonly turnAgeMs: () => number
  readonly publishAgeMs: () => number | null
  /** Prometheus text. */
  print(now: Readings): Promise<string>
  readonly contentType: string
}

export type Readings = { readonly status: ServiceStatus | undefined; readonly isReady: boolean }

export type InstrumentsOptions = {
  readonly buildId: string
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

/** Redis answers a commit within 10 ms; what takes longer than its timeout has failed. */
const commitSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const publishSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const batchRecords = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000]

type Current = { now: Readings }

export const createInstruments = (options: InstrumentsOptions): Instruments => {
  const registry = new Registry()
  const current: Current = { now: { status: undefined, isReady: false } }
  const marks = { turnedAtMs: options.now(), publishedAtMs: Number.NaN }
  const ageOf = (atMs: number) => options.now() - atMs
  const publishAgeMs = () => (Number.isNaN(marks.publishedAtMs) ? null : ageOf(marks.publishedAtMs))
  const turnAgeMs = () => ageOf(marks.turnedAtMs)
  collectDefaultMetrics({ register: registry })
  for (const metric of statusMetrics) addStatusMetric(registry, metric, current)
  addGauge(registry, readyGauge, () => (current.now.isReady ? 1 : 0))
  addGauge(registry, turnGauge, () => turnAgeMs() / 1000)
  addGauge(registry, publishGauge, () => (publishAgeMs() ?? Number.NaN) / 1000)
  addBuild(registry, options.buildId)
  const meter: Meter = {
    ...createTimers(registry, options, marks),
    noteTurn: () => {
      marks.turnedAtMs = options.now()
    },
  }
  return {
    meter,
    turnAgeMs,
    publishAgeMs,
    contentType: registry.contentType,
    print: (now) => {
      current.now = now
      return registry.metrics()
    },
  }
}

const readyGauge = {
  name: 'floorwatch_ready',
  help: '1 while /readyz answers 200.',
}
const turnGauge = {
  name: 'floorwatch_turn_age_seconds',
  help: 'Since the loop last made a turn.',
}
const publishGauge = {
  name: 'floorwatch_publish_age_seconds',
  help: 'Since snapshots or the heartbeat were last published; NaN before the first.',
}

type Named = { readonly name: string; readonly help: string }

const addGauge = (registry: Registry, named: Named, read: () => number): void => {
  new Gauge({
    ...named,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

const addBuild = (registry: Registry, buildId: string): void => {
  new Gauge({
    name: 'floorwatch_build_info',
    help: 'Always 1; the label names the build.',
    labelNames: ['build'],
    registers: [registry],
  }).set({ build: buildId }, 1)
}

const addStatusMetric = (registry: Registry, metric: StatusMetric, current: Current): void => {
  const { kind, name, help, labels, read } = metric
  const samples = () => (current.now.status ? read(current.now.status) : [])
  const shape = { name, help, labelNames: [...labels], registers: [registry] }
  if (kind === 'gauge')
    new Gauge({
      ...shape,
      collect() {
        this.reset()
        for (const sample of samples()) this.set(sample.labels, sample.value)
      },
    })
  else
    new Counter({
      ...shape,
      collect() {
        this.reset()
        for (const sample of samples()) this.inc(sample.labels, sample.value)
      },
    })
}

type Timers = Pick<Meter, 'startCommit' | 'startPublish' | 'noteBatch'>

const createTimers = (
  registry: Registry,
  { now }: InstrumentsOptions,
  marks: { publishedAtMs: number },
): Timers => {
  const registers = [registry]
  const commitTime = new Histogram({
    name: 'floorwatch_commit_seconds',
    help: 'How long a commit to Redis took, failed ones included.',
    buckets: commitSeconds,
    registers,
  })
  const commits = new Counter({
    name: 'floorwatch_commits_total',
    help: 'Commits by how they ended: committed, fenced (another writer has the partition), diverged (Redis lost its tail), failed (an outage).',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of ['committed', 'fenced', 'diverged', 'failed']) commits.inc({ outcome }, 0)
  const batch = new Histogram({
    name: 'floorwatch_batch_records',
    help: 'Records filed by one step of a partition.',
    buckets: batchRecords,
    registers,
  })
  const publishTime = new Histogram({
    name: 'floorwatch_publish_seconds',
    help: 'How long one publication took, failed ones included.',
    buckets: publishSeconds,
    registers,
  })
  const published = new Counter({
    name: 'floorwatch_published_records_total',
    help: 'Snapshots, tombstones and heartbeats published.',
    registers,
  })
  const failures = new Counter({
    name: 'floorwatch_publish_failures_total',
    help: 'Publications that failed and are made again.',
    registers,
  })
  return {
    startCommit: () => {
      const startMs = now()
      return (outcome) => {
        commitTime.observe((now() - startMs) / 1000)
        commits.inc({ outcome })
      }
    },
    startPublish: () => {
      const startMs = now()
      return (recordCount) => {
        publishTime.observe((now() - startMs) / 1000)
        if (recordCount === 'failed') {
          failures.inc()
          return
        }
        published.inc(recordCount)
        marks.publishedAtMs = now()
      }
    },
    noteBatch: (recordCount) => batch.observe(recordCount),
  }
}
