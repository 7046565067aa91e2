import { runHistory } from './history.ts'
import type { Alteration } from './world.ts'

export type SweepOptions = {
  readonly from: number
  readonly count: number
  readonly alteration: Alteration
  /** Ends with the first history that goes wrong. */
  readonly endsWhenFound: boolean
}

const command = 'npm run simulate-faults --'
const progressEvery = 250

/** Lives through a range of histories, and tells how it goes. Returns how many went wrong. */
export const sweepSeeds = async (options: SweepOptions): Promise<number> => {
  const { from, count, alteration, endsWhenFound } = options
  const startedMs = performance.now()
  let wrong = 0
  let done = 0
  let steps = 0
  while (done < count && !(endsWhenFound && wrong > 0)) {
    const seed = from + done
    const { violations, stepCount } = await runHistory(seed, { alteration })
    steps += stepCount
    done++
    if (violations.length > 0) {
      wrong++
      tellWrong(seed, violations)
    }
    if (done % progressEvery === 0)
      console.log(`${done} of ${count} histories, ${wrong} wrong; go on from here: --from ${seed + 1}`)
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  console.log(
    `${done} histories (seeds ${from} to ${from + done - 1}), ${steps} steps, ${seconds} s: ${done - wrong} right, ${wrong} wrong`,
  )
  return wrong
}

const tellWrong = (seed: number, violations: readonly string[]): void => {
  console.log(`✗ seed ${seed}: ${violations[0]} (${violations.length} in all)`)
  console.log(`  again: ${command} --seed ${seed} --trace`)
}

/** One history once more; returns how much went wrong. */
export const replaySeed = async (
  seed: number,
  { alteration, keepsTrace }: { readonly alteration: Alteration; readonly keepsTrace: boolean },
): Promise<number> => {
  const { violations, trace, fingerprint, plan } = await runHistory(seed, { alteration, keepsTrace })
  for (const line of trace) console.log(line)
  console.log(JSON.stringify(plan))
  for (const line of violations) console.log(`✗ ${line}`)
  console.log(`seed ${seed}: ${violations.length} violations, history ${fingerprint.slice(0, 16)}`)
  return violations.length
}
