/**
 * kafkajs 2.2.4 looks a thousand times a second, on each connection, whether requests wait to be sent, also when none does
 * (hazard K12, its issue 1704). That costs processor time, a warning of Node 24 about a negative timeout, and memory in processes
 * whose timers are wrapped. What waits for a throttled or busy connection is still looked after.
 */
import { createRequire } from 'node:module'

type RequestQueue = {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

const require = createRequire(import.meta.url)
const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as {
  readonly prototype: RequestQueue
}
const scheduleCheck = prototype.scheduleCheckPendingRequests

/** For every connection of this process; calling it again changes nothing. */
export function stopIdleTimers(): void {
  prototype.scheduleCheckPendingRequests = function scheduleWhereSomeWait(this: RequestQueue) {
    if (this.pending.length > 0) scheduleCheck.call(this)
  }
}
