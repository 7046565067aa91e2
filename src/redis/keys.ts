/** Keys of one shard, all under one hash tag, so that a Redis Cluster keeps them on one node. The scripts build the same. */
export type ShardKeys = {
  /** Hash: counter, epoch, id, head. */
  readonly head: string
  /** Set of the scope keys that have cells. */
  readonly scopes: string
  /** Hash: subject key → open spans and next due instant. */
  readonly open: string
  /** Hash: sequence → changes of windows that may be closed. */
  readonly journal: string
  /** Hash of one scope: field → packed slices. */
  readonly cells: (scopeKey: string) => string
  /** String: one encoded subject. */
  readonly subject: (subjectKey: string) => string
}

export const shardKeys = (keyPrefix: string, shard: number): ShardKeys => {
  const base = `${keyPrefix}:{${shard}}:`
  return {
    head: `${base}head`,
    scopes: `${base}scopes`,
    open: `${base}open`,
    journal: `${base}journal`,
    cells: (scopeKey) => `${base}cells:${scopeKey}`,
    subject: (subjectKey) => `${base}subject:${subjectKey}`,
  }
}

/** Where the state of a generation lies: the first one, which has no name, under the prefix itself. */
export const statePrefix = (keyPrefix: string, generation: string): string =>
  generation === '' ? keyPrefix : `${keyPrefix}:g:${generation}`

/** Hash: which generation is live, which was before it, and what is known of each. */
export const generationsKey = (keyPrefix: string): string => `${keyPrefix}:generations`

export const identityKey = (keyPrefix: string): string => `${keyPrefix}:identity`

/** The index of latest snapshots; each of them is a hash at this key, a colon, and the snapshot's key. */
export const latestKey = (keyPrefix: string): string => `${keyPrefix}:{latest}`
