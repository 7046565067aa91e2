import type { Dimensions } from '../contribution.ts'
import type { Event } from '../events.ts'

export const dimensionFields = [
  'queueId',
  'channel',
  'teamId',
  'priority',
  'category',
  'customerId',
  'direction',
] as const

/** What a call has before anything names it. */
export const callDimensions: Dimensions = { direction: 'inbound' }

/** The dimensions after an event: what it names replaces what held before. The actor is left to the caller. */
export const foldDimensions = (before: Dimensions, event: Event): Dimensions => {
  let after: Record<string, string> | undefined
  for (const field of dimensionFields) {
    const value = event[field]
    if (value === undefined || value === before[field]) continue
    after ??= { ...before }
    after[field] = value
  }
  if (event.attributes === undefined) return after ?? before
  return { ...(after ?? before), ...ownDimensions(event.attributes) }
}

/** A user's own dimension never shadows one of the contract's. */
const ownDimensions = (attributes: Readonly<Record<string, string>>): Dimensions => {
  const own: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) if (!reservedNames.has(name)) own[name] = value
  return own
}

const reservedNames: ReadonlySet<string> = new Set([...dimensionFields, 'agentId', 'tenantId'])

/** The same dimensions with an agent, or without one. */
export const withAgent = (dimensions: Dimensions, agentId: string | undefined): Dimensions => {
  if (dimensions.agentId === agentId) return dimensions
  if (agentId !== undefined) return { ...dimensions, agentId }
  const { agentId: _, ...rest } = dimensions
  return rest
}
