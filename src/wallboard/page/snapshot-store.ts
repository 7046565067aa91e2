import type { SnapshotsFrame } from '../wire.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

/** All windows of one scope. */
export type ScopeSnapshots = {
  readonly id: string
  readonly scope: Readonly<Record<string, string>>
  readonly byWindow: ReadonlyMap<string, Snapshot>
}

export type SnapshotStore = {
  take(frame: SnapshotsFrame): void
  tenants(): readonly string[]
  /** Scopes of exactly these dimensions, in a steady order; none asks for the whole tenant. */
  scopes(tenant: string, dimensions: readonly string[]): readonly ScopeSnapshots[]
}

export function createSnapshotStore(): SnapshotStore {
  const snapshots = new Map<string, Snapshot>()
  return {
    take(frame) {
      if (frame.full) snapshots.clear()
      for (const key of frame.gone) snapshots.delete(key)
      for (const [key, json] of Object.entries(frame.set)) {
        const snapshot = readSnapshot(json)
        if (snapshot !== null) snapshots.set(key, snapshot)
      }
    },
    tenants: () => [...new Set([...snapshots.values()].map(({ tenantId }) => tenantId))].sort(),
    scopes: (tenant, dimensions) => groupScopes(snapshots.values(), tenant, dimensions),
  }
}

function groupScopes(
  snapshots: Iterable<Snapshot>,
  tenant: string,
  dimensions: readonly string[],
): readonly ScopeSnapshots[] {
  const scopes = new Map<string, { id: string; scope: Snapshot['scope']; byWindow: Map<string, Snapshot> }>()
  for (const snapshot of snapshots) {
    const names = Object.keys(snapshot.scope)
    if (snapshot.tenantId !== tenant || names.length !== dimensions.length) continue
    if (!dimensions.every((name) => names.includes(name))) continue
    const id = dimensions.map((name) => `${name}=${snapshot.scope[name]}`).join(',')
    const group = scopes.get(id) ?? { id, scope: snapshot.scope, byWindow: new Map<string, Snapshot>() }
    group.byWindow.set(snapshot.window.id, snapshot)
    scopes.set(id, group)
  }
  return [...scopes.values()]
}
