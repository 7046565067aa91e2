import { test } from 'vitest'
import { expectAllRight, historiesTimeoutMs } from './histories.ts'

test(
  '250 more histories of faults end right',
  async () => {
    await expectAllRight(250, 250)
  },
  historiesTimeoutMs,
)
