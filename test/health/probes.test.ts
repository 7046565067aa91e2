import { afterEach, describe, expect, test } from 'vitest'
import { createProbes, type Probes } from '../../src/health/probes.ts'
import { madeAtMs, madeOutage, madeShard, madeStatus } from './made-status.ts'

const opened: Probes[] = []
afterEach(async () => {
  for (const probes of opened.splice(0)) await probes.close()
})

const openProbes = () => {
  const world = { nowMs: 0, status: madeStatus() }
  const limits = { turnMs: 30_000, noProgressMs: 20_000, readyLagMs: 60_000 }
  const probes = createProbes({ buildId: 'b1', limits, now: () => world.nowMs })
  opened.push(probes)
  const watch = () =>
    probes.watch(
      () => world.status,
      () => expect.unreachable('nothing is wrong'),
    )
  const ask = async (path: keyof Probes['answers']) => {
    const { status, body } = await probes.answers[path]({ keys: 2 })
    return { status, body: path === '/metrics' ? body : JSON.parse(body) }
  }
  const samples = async (name: string) =>
    (await ask('/metrics')).body.split('\n').filter((line: string) => line.startsWith(name))
  return { world, probes, watch, ask, samples }
}

describe('probes', () => {
  test('/livez is about the loop alone: everything may be out', async () => {
    const { world, watch, ask } = openProbes()
    watch()
    world.status = madeStatus({ isJoined: false, outages: [madeOutage('redis', 0), madeOutage('kafka', 0)] })
    expect(await ask('/livez')).toEqual({ status: 200, body: { status: 'ok' } })
    world.nowMs = 30_001
    expect(await ask('/livez')).toEqual({
      status: 503,
      body: { status: 'unavailable', reasons: ['the loop has made no turn for 30 s'] },
    })
  })

  test('/readyz is 503 with the reason until all is there', async () => {
    const { world, watch, ask } = openProbes()
    expect(await ask('/readyz')).toEqual({
      status: 503,
      body: { status: 'unavailable', reasons: ['starting'] },
    })
    watch()
    expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ok' } })
    world.status = madeStatus({ isDraining: true })
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: { reasons: ['draining: told to stop'] } })
  })

  test('/healthz says to people what is out, how far each partition is and what was last done', async () => {
    const { world, probes, watch, ask } = openProbes()
    watch()
    world.nowMs = 2_000
    probes.meter.startPublish()(3)
    world.nowMs = 2_500
    const outage = madeOutage('registry', madeAtMs - 60_000)
    world.status = madeStatus({ outages: [outage], shards: [madeShard({ counters: { records: 5 } })] })
    const { status, body } = await ask('/healthz')
    expect(status).toBe(200)
    expect(body).toEqual({
      status: 'not-ready',
      reasons: ['registry is out: connection refused'],
      build: 'b1',
      uptimeSeconds: 2.5,
      secondsSinceTurn: 2.5,
      secondsSincePublish: 0.5,
      asOf: '2026-03-02T09:59:58.000Z',
      watermark: '2026-03-02T09:59:58.500Z',
      outages: [{ part: 'registry', since: '2026-03-02T09:59:00.000Z', reason: 'connection refused' }],
      partitions: { all: 4, own: 1 },
      shards: [
        {
          partition: 3,
          isCaughtUp: true,
          lag: { 'call-queue': 0 },
          asOf: '2026-03-02T09:59:58.000Z',
          watermarkAgeSeconds: 1.5,
          lastCommitAt: '2026-03-02T09:59:59.600Z',
          counters: { records: 5 },
        },
      ],
      wallboard: { keys: 2 },
    })
    world.nowMs = 60_000
    expect((await ask('/healthz')).body.status).toBe('stuck')
  })
})

describe('/metrics', () => {
  test('counters are those of the committed state, by partition, and every reason is there from the start', async () => {
    const { world, watch, samples } = openProbes()
    watch()
    const counters = { records: 9, applied: 5, duplicate: 2, late: 1, orphan: 4, capped: 3 }
    world.status = madeStatus({ shards: [madeShard({ counters: { ...counters, 'deadLetter.too-old': 2 } })] })
    expect(await samples('floorwatch_records_total')).toEqual(['floorwatch_records_total{partition="3"} 9'])
    expect(await samples('floorwatch_events_total')).toEqual([
      'floorwatch_events_total{partition="3",outcome="applied"} 5',
      'floorwatch_events_total{partition="3",outcome="duplicate"} 2',
      'floorwatch_events_total{partition="3",outcome="not-counted"} 0',
    ])
    expect(await samples('floorwatch_late_events_total')).toEqual([
      'floorwatch_late_events_total{partition="3"} 1',
    ])
    expect(await samples('floorwatch_orphan_outcomes')).toEqual([
      'floorwatch_orphan_outcomes{partition="3"} 4',
    ])
    expect(await samples('floorwatch_capped_total')).toEqual(['floorwatch_capped_total{partition="3"} 3'])
    const letters = await samples('floorwatch_dead_letters_total')
    expect(letters).toHaveLength(10)
    expect(letters).toContain('floorwatch_dead_letters_total{partition="3",reason="too-old"} 2')
    expect(letters).toContain('floorwatch_dead_letters_total{partition="3",reason="misrouted"} 0')
  })

  test('lag is by topic and partition, and absent while the log does not answer; what is queued is told all the same; ages are in seconds', async () => {
    const { world, watch, samples } = openProbes()
    watch()
    const lag = [
      { topic: 'call-queue', recordCount: 12, queuedCount: 5 },
      { topic: 'ticket', recordCount: null, queuedCount: 0 },
    ] as const
    world.status = madeStatus({ shards: [madeShard({ lag })] })
    expect(await samples('floorwatch_lag_records')).toEqual([
      'floorwatch_lag_records{partition="3",topic="call-queue"} 12',
    ])
    expect(await samples('floorwatch_queued_records')).toEqual([
      'floorwatch_queued_records{partition="3",topic="call-queue"} 5',
      'floorwatch_queued_records{partition="3",topic="ticket"} 0',
    ])
    expect(await samples('floorwatch_watermark_age_seconds')).toEqual([
      'floorwatch_watermark_age_seconds{partition="3"} 1.5',
    ])
    expect(await samples('floorwatch_commit_age_seconds')).toEqual([
      'floorwatch_commit_age_seconds{partition="3"} 0.4',
    ])
  })

  test('a partition that moved away takes its samples along', async () => {
    const { world, watch, samples } = openProbes()
    watch()
    expect(await samples('floorwatch_records_total')).toHaveLength(1)
    world.status = madeStatus({ shards: [] })
    expect(await samples('floorwatch_records_total')).toEqual([])
    expect(await samples('floorwatch_partitions')).toEqual(['floorwatch_partitions 0'])
  })

  test('commits are timed and told by how they ended, publications too', async () => {
    const { world, probes, watch, samples } = openProbes()
    watch()
    expect(await samples('floorwatch_publish_age_seconds')).toEqual(['floorwatch_publish_age_seconds Nan'])
    for (const outcome of ['committed', 'committed', 'fenced', 'failed'] as const) {
      const end = probes.meter.startCommit()
      world.nowMs += 20
      end(outcome)
    }
    expect(await samples('floorwatch_commits_total')).toEqual([
      'floorwatch_commits_total{outcome="committed"} 2',
      'floorwatch_commits_total{outcome="fenced"} 1',
      'floorwatch_commits_total{outcome="diverged"} 0',
      'floorwatch_commits_total{outcome="failed"} 1',
    ])
    expect(await samples('floorwatch_commit_seconds_bucket{le="0.01"}')).toEqual([
      'floorwatch_commit_seconds_bucket{le="0.01"} 0',
    ])
    expect(await samples('floorwatch_commit_seconds_count')).toEqual(['floorwatch_commit_seconds_count 4'])
    probes.meter.startPublish()('failed')
    probes.meter.startPublish()(7)
    world.nowMs += 1_500
    expect(await samples('floorwatch_publish_age_seconds')).toEqual(['floorwatch_publish_age_seconds 1.5'])
    expect(await samples('floorwatch_published_records_total')).toEqual([
      'floorwatch_published_records_total 7',
    ])
    expect(await samples('floorwatch_publish_failures_total')).toEqual([
      'floorwatch_publish_failures_total 1',
    ])
  })

  test('each part that can be out is there, out or not', async () => {
    const { world, watch, samples } = openProbes()
    watch()
    world.status = madeStatus({ outages: [madeOutage('kafka'), madeOutage('redis', 5)] })
    expect(await samples('floorwatch_outage{')).toEqual([
      'floorwatch_outage{part="kafka"} 0',
      'floorwatch_outage{part="redis"} 1',
    ])
    expect(await samples('floorwatch_outages_total{part="redis"}')).toEqual([
      'floorwatch_outages_total{part="redis"} 1',
    ])
    expect(await samples('floorwatch_ready')).toEqual(['floorwatch_ready 0'])
  })
})
