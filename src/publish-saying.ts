import { snapshotKeyOf } from './core/snapshot.ts'
import type { Clock, SnapshotRecord } from './ports.ts'
import { changedMsOf } from './publish-counting.ts'
import type { Change, Desk } from './publish-desk.ts'
import type { PublishedState } from './published-state.ts'
import type { Revisions } from './revisions.ts'
import { heartbeatRecord, type Labels, snapshotRecord, textsOf } from './snapshot-record.ts'

export type Speaker = { readonly revisions: Revisions; readonly labels: Labels; readonly clock: Clock }

/** A key and what is said of it; without a snapshot a tombstone. */
export type Said = Pick<Change, 'partial' | 'snapshot' | 'texts'> & { readonly key: string }

export const toSaid =
  ({ window }: Desk) =>
  ({ scopeKey, ...change }: Change): Said => ({ ...change, key: snapshotKeyOf(scopeKey, window.id) })

/** As many records as there are revisions reserved for. */
export const say = (
  { revisions, labels, clock }: Speaker,
  now: PublishedState,
  changes: readonly Said[],
): SnapshotRecord[] => {
  const records: SnapshotRecord[] = []
  for (const { key, snapshot, partial, texts } of changes) {
    const revision = revisions.take(now.revisionTo)
    if (revision === undefined) break
    if (!snapshot) records.push({ key, value: null, revision })
    else {
      const saying = { ...now, revision, emittedAtMs: clock.now() }
      const standing = { labels, partial, changedMs: changedMsOf(now.counting, snapshot) }
      records.push(snapshotRecord({ key, snapshot, texts: texts ?? textsOf(snapshot), ...standing }, saying))
    }
  }
  return records
}

/** Under the name of the first shard this process holds; none where no revision is left. */
export const sayHeartbeat = (
  { revisions }: Speaker,
  now: PublishedState,
  atMs: number,
): SnapshotRecord | undefined => {
  const [shard] = [...now.marks.keys()].sort((a, b) => a - b)
  const revision = shard === undefined ? undefined : revisions.take(now.revisionTo)
  if (shard === undefined || revision === undefined) return undefined
  return heartbeatRecord({ shard, asOfMs: now.asOfMs }, { ...now, revision, emittedAtMs: atMs })
}
