import type { Bytes } from '../ports.ts'
import type { RedisLink } from './client.ts'
import type { ShardKeys } from './keys.ts'

/** Keys or fields one SSCAN or HSCAN step looks at. */
const SCAN_COUNT = 1_000
/** Scopes being read at the same time: enough to keep the connection busy, few enough that no reply waits long. */
const READS_AT_ONCE = 16

/** Every scope key that has cells, in bounded steps. */
export const scanScopes = async (link: RedisLink, keys: ShardKeys): Promise<ReadonlySet<string>> => {
  const found = new Set<string>()
  let cursor = '0'
  do {
    const [next, page] = await link.ask((client) => client.sscan(keys.scopes, cursor, 'COUNT', SCAN_COUNT))
    for (const scopeKey of page) found.add(scopeKey)
    cursor = next
  } while (cursor !== '0')
  return found
}

/** Every field of a hash, in bounded steps. */
export const scanFields = async (link: RedisLink, hashKey: string): Promise<Map<string, Bytes>> => {
  const found = new Map<string, Bytes>()
  let cursor = '0'
  do {
    const [next, page] = await link.ask((client) => client.hscanBuffer(hashKey, cursor, 'COUNT', SCAN_COUNT))
    for (const [key, value] of pairUp(page)) found.set(key, value)
    cursor = next.toString()
  } while (cursor !== '0')
  return found
}

/** The cells of these scopes; a scope without any is left out. Each scope is read whole, not all at one instant. */
export const readCells = async (
  link: RedisLink,
  keys: ShardKeys,
  scopeKeys: Iterable<string>,
): Promise<Map<string, ReadonlyMap<string, Bytes>>> => {
  const cells = new Map<string, ReadonlyMap<string, Bytes>>()
  const queue = scopeKeys[Symbol.iterator]()
  const readOnward = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const scopeKey = next.value
      // `call` rather than `hgetall`, which would build an object of every hash and take twice as long.
      const flat = await link.ask((client) => client.callBuffer('HGETALL', keys.cells(scopeKey)))
      const fields = pairUp(flat as readonly Buffer[])
      if (fields.size > 0) cells.set(scopeKey, fields)
    }
  }
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readOnward))
  return cells
}

/** A flat reply of keys and values as a map. */
export const pairUp = (flat: readonly Buffer[]): Map<string, Bytes> => {
  const pairs = new Map<string, Bytes>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    pairs.set((flat[i] as Buffer).toString(), flat[i + 1] as Buffer)
  }
  return pairs
}

export const chunkItems = <T>(items: readonly T[], size: number): readonly (readonly T[])[] => {
  const chunks: (readonly T[])[] = []
  for (let first = 0; first < items.length; first += size) chunks.push(items.slice(first, first + size))
  return chunks
}
