import type { Dims, Fact } from './facts.ts'

type Contact = { readonly at: number; readonly dims: Dims }

/** A case counts once at its first contact, and for each agent at that agent's first. */
export const caseFacts = (contacts: readonly Contact[]): readonly Fact[] => {
  const seen = new Set<string>()
  const facts: Fact[] = []
  for (const { at, dims } of contacts) {
    if (facts.length === 0) facts.push({ measure: 'case', at, value: 1, dims })
    if (dims.agentId === undefined || seen.has(dims.agentId)) continue
    seen.add(dims.agentId)
    facts.push({ measure: 'case.byAgent', at, value: 1, dims })
  }
  return facts
}
