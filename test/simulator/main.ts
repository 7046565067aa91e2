import { parseArgs } from 'node:util'
import { plantBug } from './planted/plant-bug.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    bug: { type: 'string' },
  },
})

/** A whole number from 0 on; anything else would live through no history and find nothing wrong. */
const countOf = (name: string, value: string): number => {
  if (/^\d+$/.test(value)) return Number(value)
  console.error(`--${name}: '${value}' is no whole number`)
  process.exit(2)
}

const alteration = values.bug === undefined ? {} : await plantBug(values.bug)
// Only now, so that a planted bug is there when the product is loaded.
const { replaySeed, sweepSeeds } = await import('./sweep.ts')

const wrong =
  values.seed === undefined
    ? await sweepSeeds({
        from: countOf('from', values.from),
        count: countOf('seeds', values.seeds),
        alteration,
        endsWhenFound: values.bug !== undefined,
      })
    : await replaySeed(countOf('seed', values.seed), { alteration, keepsTrace: values.trace })
process.exitCode = wrong === 0 ? 0 : 1
