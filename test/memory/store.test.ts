import { createMemoryStore } from '../../src/memory/store.ts'
import { describeStateStore } from '../contract/state-store.ts'

describeStateStore('memory', {
  openBench: async (options) => {
    const store = createMemoryStore(options)
    return { openStore: async () => store, close: () => store.close() }
  },
  modelRuns: 300,
})
