import { createHash } from 'node:crypto'
import type { Config } from './config-schema.ts'
import { publishPlansOf, setsOf } from './publish-plans.ts'

/** Of everything that decides what a state holds, less its identity: two configurations that agree in it count alike. */
export const countingFingerprint = (config: Config): string => {
  const { time, serviceLevel, targets, surveys, complaints, fcr, limits } = config
  const { stallMs: _, driftMs: __, ...counted } = time
  const sets = setsOf(config, publishPlansOf(config))
    .map((set) => set.join())
    .sort()
  const { eventsPerSubjectMax, scopeKeysMax } = limits
  const counting = { time: counted, serviceLevel, targets, surveys, complaints, fcr, sets }
  const text = JSON.stringify(sortKeys({ ...counting, eventsPerSubjectMax, scopeKeysMax }))
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, one]) => [key, sortKeys(one)]))
}
