import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RedisClient } from './nodes.ts'

/** One atomic change or reading, in a Lua file whose header documents its keys and arguments. */
export type Script = { readonly source: string; readonly sha: string }

const loadScript = (file: string): Script => {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

export const commitScript = loadScript('./commit.lua')
export const takeShardScript = loadScript('./take-shard.lua')
export const readChangesScript = loadScript('./read-changes.lua')
export const retireShardScript = loadScript('./retire-shard.lua')
export const swapGenerationScript = loadScript('./swap-generation.lua')
export const putLatestScript = loadScript('./put-latest.lua')

export type ScriptCall = {
  readonly script: Script
  readonly key: string
  readonly args: readonly (string | Buffer)[]
}

/** Strings of the answer arrive as bytes. A Redis that has forgotten the script (restart, failover) is sent its source. */
export const runScript = async (client: RedisClient, { script, key, args }: ScriptCall): Promise<unknown> => {
  try {
    return await client.callBuffer('EVALSHA', [script.sha, 1, key, ...args])
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return await client.callBuffer('EVAL', [script.source, 1, key, ...args])
  }
}
