import { createHash } from 'node:crypto'
import { type Config, configSchema } from './config-schema.ts'
import { publishPlansOf, setsOf } from './publish-plans.ts'

/** Everything that decides what a state holds and how it is read, less its identity: two that agree in it count alike. */
export const countingRules = (config: Config): string => {
  const { time, scopes, publish, serviceLevel, targets, surveys, complaints, fcr, limits } = config
  const { stallMs: _, driftMs: __, ...counted } = time
  const { eventsPerSubjectMax, scopeKeysMax } = limits
  const kept = { time: counted, scopes, publish, serviceLevel, targets, surveys, complaints, fcr }
  return JSON.stringify(sortKeys({ ...kept, limits: { eventsPerSubjectMax, scopeKeysMax } }))
}

/** A configuration that counts and reads by these rules; undefined: a later version wrote them. */
export const configOfRules = (rules: string): Config | undefined =>
  configSchema.safeParse(JSON.parse(rules)).data

/** Two states of one fingerprint hold the same: what is published of them is another matter. */
export const rulesFingerprint = (rules: string): string => {
  const { publish: _, scopes: __, ...counted } = JSON.parse(rules) as Record<string, unknown>
  const config = configOfRules(rules)
  const sets = config && setsOf(config, publishPlansOf(config)).map((set) => set.join())
  const text = JSON.stringify({ ...counted, sets: sets?.sort() })
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, one]) => [key, sortKeys(one)]))
}
