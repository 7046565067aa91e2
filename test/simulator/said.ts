import type { OracleSnapshot } from '../support/oracle.ts'
import type { SentRecord } from './kafka-outputs.ts'

/** What a snapshot on a topic says, as far as it is compared. */
export type Published = {
  readonly tenantId: string
  readonly scope: Readonly<Record<string, string>>
  readonly window: { readonly id: string; readonly startAt: string | null }
  readonly metrics: Readonly<Record<string, MetricSaid>>
  readonly worst: Readonly<Record<string, unknown>>
  readonly partial: boolean
}

export type MetricSaid = {
  readonly value: number | null
  readonly n: number
  readonly sinceAt?: string | undefined
  readonly parts?: unknown
}

/** What a consumer that drops lower revisions has of each key. */
export const latestOf = (sent: readonly SentRecord[]): ReadonlyMap<string, SentRecord> => {
  const latest = new Map<string, SentRecord>()
  for (const record of sent)
    if (record.revision > (latest.get(record.key)?.revision ?? 0)) latest.set(record.key, record)
  return latest
}

/** Shares divide by another scope's numbers: they say nothing of their own. */
export const isEmpty = ({ metrics }: OracleSnapshot): boolean =>
  Object.entries(metrics).every(([id, { n, value }]) => id.endsWith('Share') || (n === 0 && !value))
