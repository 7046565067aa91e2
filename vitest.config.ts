import { defineConfig } from 'vitest/config'

/** Every worker draws from the run's one seed. */
const seeded = { setupFiles: ['test/support/seed-properties.ts'] }

const realServers = {
  ...seeded,
  globalSetup: ['test/support/servers/global-setup.ts'],
  hookTimeout: 300_000,
}

/** Long ones that need no server: `npm test` runs them, `npm run verify` does not. */
const laws = [
  'test/laws/**/*.test.ts',
  'test/real-data.test.ts',
  'test/support/oracle-real-data.test.ts',
  'test/processor.test.ts',
  'test/simulator/histories-*.test.ts',
]

export default defineConfig({
  test: {
    // Many wait for servers; as many as there are cores, also where vitest would leave one to others.
    maxWorkers: 2,
    globalSetup: ['test/support/seed-draw.ts'],
    projects: [
      {
        test: {
          ...seeded,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.int.test.ts', 'test/**/*.fault.test.ts', ...laws],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Files share their modules: loading them anew for each file took longer than the tests.
          isolate: false,
          pool: 'threads',
        },
      },
      { test: { ...seeded, name: 'law', include: laws, testTimeout: 300_000 } },
      { test: { name: 'int', include: ['test/**/*.int.test.ts'], testTimeout: 120_000, ...realServers } },
      { test: { name: 'fault', include: ['test/**/*.fault.test.ts'], testTimeout: 600_000, ...realServers } },
    ],
  },
})
