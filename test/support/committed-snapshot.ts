import { catalogueFor } from '../../src/core/metrics.ts'
import { listOpen } from '../../src/core/open-index.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { readSnapshot, type Snapshot } from '../../src/core/snapshot.ts'
import type { StateStore } from '../../src/ports.ts'
import { createRemoteShard } from '../../src/remote-shards.ts'
import { zoneNamed } from './driver.ts'

const rows = catalogueFor(defaultRules)

/** What the commits in a store say of whole tenants, over all time: by tenant. */
export const readCommitted = async (
  store: StateStore,
  { partitions, tenantIds }: { readonly partitions: number; readonly tenantIds: readonly string[] },
): Promise<ReadonlyMap<string, Snapshot>> => {
  const shards = Array.from({ length: partitions }, (_, shard) =>
    createRemoteShard({ store, shard, wanted: () => true, changedAtMs: 0 }),
  )
  for (const shard of shards) await shard.refresh(0)
  const views = shards.map((shard) => shard.view())
  const context = {
    shards: views,
    asOfMs: Math.min(...views.map(({ asOfMs }) => asOfMs)),
    tiering: { zone: zoneNamed('UTC'), finestTier: 0 },
    open: listOpen(views, [[]]),
    rows,
  }
  const window = { kind: 'total', id: 'total' } as const
  return new Map(
    tenantIds.map((tenantId) => [
      tenantId,
      readSnapshot(context, { scope: { tenantId, dimensions: {} }, window }),
    ]),
  )
}
