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

const alteration = values.bug === undefined ? {} : await plantBug(values.bug)
// Only now, so that a planted bug is there when the product is loaded.
const { replaySeed, sweepSeeds } = await import('./sweep.ts')

const wrong =
  values.seed === undefined
    ? await sweepSeeds({
        from: Number(values.from),
        count: Number(values.seeds),
        alteration,
        endsWhenFound: values.bug !== undefined,
      })
    : await replaySeed(Number(values.seed), { alteration, keepsTrace: values.trace })
process.exitCode = wrong === 0 ? 0 : 1
