import { writeFileSync } from 'node:fs'
import { goalOf } from './goals.ts'
import { type Result, summarise } from './results.ts'
import type { BenchServers } from './servers.ts'
import { measureState, type StateBytes } from './state-bytes.ts'

const memoryFile = new URL('memory.json', import.meta.url)

/** The table of docs/capacity.md goes to memory.json; the figure held against the bar is the dearer of call and ticket. */
export const measureMemory = async (servers: BenchServers): Promise<readonly Result[]> => {
  const state = await measureState(await servers.redisUrl())
  console.table(state.weights)
  writeMemory(state)
  const { call, ticket } = state.eventBytes
  return [summarise(goalOf('memory'), [Math.max(call, ticket)])]
}

const writeMemory = ({ weights, eventBytes, loadMs }: StateBytes): void => {
  const { call, ticket } = eventBytes
  const rounded = { call: Math.round(call * 10) / 10, ticket: Math.round(ticket * 10) / 10 }
  writeFileSync(
    memoryFile,
    `${JSON.stringify({ weights, bytesPerEvent: rounded, loadMs: Math.round(loadMs) }, null, 2)}\n`,
  )
}
