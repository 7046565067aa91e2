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

export const identityKey = (keyPrefix: string): string => `${keyPrefix}:identity`

/** The index of latest snapshots; each of them is a hash at this key, a colon, and the snapshot's key. */
export const latestKey = (keyPrefix: string): string => `${keyPrefix}:{latest}`
