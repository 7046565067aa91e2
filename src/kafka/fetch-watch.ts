/** Whether brokers still answer: a fetch can hang for ever while heartbeats go on (hazards K4, K13). */
export type FetchWatch = {
  readonly fetchStarted: (nodeId: string) => void
  readonly fetchEnded: (nodeId: string) => void
  /** A broker has answered a fetch; a fetch may also end without an answer. */
  readonly answered: () => void
  /** Nothing is asked for, so no answer is due: before the assignment, or with every lane full. */
  readonly rest: () => void
  /** Forgets fetches from brokers that are not among these. */
  readonly keepOnly: (nodeIds: readonly string[]) => void
  /** Age of the oldest fetch under way, or of the last answer, whichever is greater. */
  readonly ageMs: () => number
  /** Age of the oldest fetch under way; 0 while none is. */
  readonly underWayMs: () => number
}

export function createFetchWatch(): FetchWatch {
  const underWay = new Map<string, number>()
  let answeredAtMs = Date.now()
  return {
    fetchStarted: (nodeId) => underWay.set(nodeId, Date.now()),
    fetchEnded: (nodeId) => underWay.delete(nodeId),
    answered: () => {
      answeredAtMs = Date.now()
    },
    rest: () => {
      answeredAtMs = Date.now()
    },
    keepOnly: (nodeIds) => {
      for (const nodeId of underWay.keys()) if (!nodeIds.includes(nodeId)) underWay.delete(nodeId)
    },
    ageMs: () => Date.now() - Math.min(answeredAtMs, ...underWay.values()),
    underWayMs: () => Math.max(0, Date.now() - Math.min(...underWay.values())),
  }
}
