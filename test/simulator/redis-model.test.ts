import { createRandom } from '../../src/simulate/random.ts'
import { describeStateStore } from '../contract/state-store.ts'
import { createRedisModel } from './redis-model.ts'

/** A connection on which nothing goes wrong. */
const wire = { ask: async <Answer>({ act }: { readonly act: () => Answer }) => act() }

describeStateStore('the simulated Redis', {
  openBench: async ({ chainLength }) => {
    const random = createRandom(1, 'nonces')
    const model = createRedisModel({
      now: () => 0,
      random,
      chainLength,
      onCommit: () => {},
      onTake: () => {},
      onLoss: () => {},
    })
    return { openStore: async () => model.connect(wire, 'test'), close: async () => {} }
  },
  modelRuns: 100,
})
