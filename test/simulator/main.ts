import { parseArgs } from 'node:util'
import { runHistory } from './history.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})

const command = 'npm run simulate-faults --'

const replay = async (seed: number): Promise<number> => {
  const { violations, trace, fingerprint, plan } = await runHistory(seed, { keepsTrace: values.trace })
  for (const line of trace) console.log(line)
  console.log(JSON.stringify(plan))
  for (const line of violations) console.log(`✗ ${line}`)
  console.log(`seed ${seed}: ${violations.length} violations, history ${fingerprint.slice(0, 16)}`)
  return violations.length === 0 ? 0 : 1
}

const progressEvery = 250

const sweep = async (from: number, count: number): Promise<number> => {
  const startedMs = performance.now()
  const failed: number[] = []
  let steps = 0
  for (let seed = from; seed < from + count; seed++) {
    const { violations, stepCount } = await runHistory(seed)
    steps += stepCount
    if (violations.length > 0) {
      failed.push(seed)
      console.log(`✗ seed ${seed}: ${violations[0]} (${violations.length} in all)`)
      console.log(`  again: ${command} --seed ${seed} --trace`)
    }
    const done = seed - from + 1
    if (done % progressEvery === 0)
      console.log(
        `${done} of ${count} histories, ${failed.length} failed; go on from here: --from ${seed + 1}`,
      )
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  console.log(
    `${count} histories (seeds ${from} to ${from + count - 1}), ${steps} steps, ${seconds} s: ${count - failed.length} right, ${failed.length} wrong`,
  )
  return failed.length === 0 ? 0 : 1
}

process.exitCode =
  values.seed === undefined
    ? await sweep(Number(values.from), Number(values.seeds))
    : await replay(Number(values.seed))
