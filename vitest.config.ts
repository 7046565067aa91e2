import { defineConfig } from 'vitest/config'

const realServers = {
  globalSetup: ['test/support/servers/global-setup.ts'],
  hookTimeout: 300_000,
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.int.test.ts', 'test/**/*.fault.test.ts'],
          testTimeout: 60_000,
        },
      },
      { test: { name: 'int', include: ['test/**/*.int.test.ts'], testTimeout: 120_000, ...realServers } },
      { test: { name: 'fault', include: ['test/**/*.fault.test.ts'], testTimeout: 600_000, ...realServers } },
    ],
  },
})
