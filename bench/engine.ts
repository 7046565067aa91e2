import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { formatEvent } from '../src/simulate/ndjson.ts'
import { createSimulation } from '../src/simulate/simulation.ts'
import { type EngineCase, engineCases, replayLines } from './engine-run.ts'
import { type GoalId, goalOf } from './goals.ts'
import { profileRun } from './profile.ts'
import { type Result, summarise } from './results.ts'

const realFile = new URL('../../shared/data/bank-02.ndjson.gz', import.meta.url)
const runs = 5

/** Measures the engine beside JSON.parse of the same lines, in one process, taken in turn; then says where its time goes. */
export const measureEngine = async (ids: ReadonlySet<GoalId>): Promise<readonly Result[]> => {
  const lines = readLines()
  const results: Result[] = []
  for (const one of engineCases.filter(({ id }) => ids.has(id))) {
    results.push(measureRatio(one, lines))
    const profile = await profileRun(() => void replayLines(one, lines))
    console.log([`${one.id} profile, self time:`, ...profile].join('\n'))
  }
  return results
}

const readLines = (): readonly string[] => {
  if (existsSync(realFile)) {
    console.log('bank-02: 89,412 real events')
    return gunzipSync(readFileSync(realFile)).toString('utf8').split('\n').filter(Boolean)
  }
  console.log('!! bank-02 is not here: SIMULATED events instead, not comparable with figures on bank-02 !!')
  const lines: string[] = []
  const simulation = createSimulation({
    seed: 1,
    profile: 'default',
    eventsPerSecond: 4,
    startAtMs: Date.UTC(2026, 0, 5),
    events: 100_000,
  })
  for (const items of simulation.batches())
    for (const item of items) if ('event' in item) lines.push(formatEvent(item.event))
  return lines
}

const userMs = (run: () => void): number => {
  const before = process.cpuUsage()
  run()
  return process.cpuUsage(before).user / 1000
}

const parseLines = (lines: readonly string[]): number => {
  let fields = 0
  for (const line of lines) fields += (JSON.parse(line) as { type: string }).type.length
  return fields
}

/** One run to warm up, then JSON.parse and the engine in turn. */
const measureRatio = (one: EngineCase, lines: readonly string[]): Result => {
  const ratios: number[] = []
  for (let run = 0; run <= runs; run++) {
    const jsonMs = userMs(() => parseLines(lines))
    const engineMs = userMs(() => replayLines(one, lines))
    console.log(
      `${one.id} ${run === 0 ? 'warm-up' : `run ${run}`}: JSON.parse ${jsonMs.toFixed(0)} ms, replay ${engineMs.toFixed(0)} ms ` +
        `(${Math.round((lines.length / engineMs) * 1000)} events/s), ratio ${(jsonMs / engineMs).toFixed(4)}`,
    )
    if (run > 0) ratios.push(jsonMs / engineMs)
  }
  return summarise(goalOf(one.id), ratios)
}
