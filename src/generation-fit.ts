import { canonicalJson, digestOf } from './canonical-json.ts'
import { type Config, configSchema } from './config-schema.ts'
import { publishPlansOf, setsOf } from './publish-plans.ts'

/** Everything that decides what a state holds and how it is read, less its identity: two that agree in it count alike. */
export const countingRules = (config: Config): string => {
  const { time, scopes, publish, serviceLevel, targets, surveys, complaints, fcr, limits } = config
  const { stallMs: _, driftMs: __, ...counted } = time
  const { eventsPerSubjectMax, scopeKeysMax } = limits
  const kept = { time: counted, scopes, publish, serviceLevel, targets, surveys, complaints, fcr }
  return canonicalJson({ ...kept, limits: { eventsPerSubjectMax, scopeKeysMax } })
}

/** A configuration that counts and reads by these rules; undefined: a later version wrote them. */
export const configOfRules = (rules: string): Config | undefined =>
  configSchema.safeParse(JSON.parse(rules)).data

/** Two states of one fingerprint hold the same: what is published of them is another matter. */
export const rulesFingerprint = (rules: string): string => {
  const { publish: _, scopes: __, ...counted } = JSON.parse(rules) as Record<string, unknown>
  const config = configOfRules(rules)
  const sets = config && setsOf(config, publishPlansOf(config)).map((set) => set.join())
  return digestOf(JSON.stringify({ ...counted, sets: sets?.sort() }))
}
