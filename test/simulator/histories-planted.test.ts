import { describe, expect, test } from 'vitest'
import { huntBug } from './planted/hunt-bug.ts'
import { historiesTimeoutMs } from './run-main.ts'

describe('the test of the test', () => {
  test.each(['offsets-before-state', 'no-epoch-check', 'open-lost-on-restore'])(
    'the planted bug %s is found within 60 histories',
    async (name) => {
      const { histories, output } = await huntBug(name, 60)
      expect(histories, output).toBeDefined()
    },
    historiesTimeoutMs,
  )
})
