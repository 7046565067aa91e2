/** Erlangs: arrivals a second × seconds each keeps an agent. */
export type StaffingNeed = {
  readonly loadErlangs: number
  readonly handleMs: number
  readonly thresholdMs: number
  /** Share to be answered within the threshold, 0…1. */
  readonly target: number
}

/** The least number of agents that meets the target if nobody gave up (Erlang C), so that with patience it goes a little better. */
export function countAgentsNeeded(need: StaffingNeed): number {
  const { loadErlangs: load } = need
  let agents = 0
  let blocking = 1
  while (agents < load + 4 * Math.sqrt(load) + 3) {
    agents++
    blocking = (load * blocking) / (agents + load * blocking)
    if (agents > load && expectServiceLevel(need, agents, blocking) >= need.target) return agents
  }
  return agents
}

function expectServiceLevel(need: StaffingNeed, agents: number, blocking: number): number {
  const { loadErlangs: load, thresholdMs, handleMs } = need
  const waitShare = (agents * blocking) / (agents - load * (1 - blocking))
  return 1 - waitShare * Math.exp((-(agents - load) * thresholdMs) / handleMs)
}
