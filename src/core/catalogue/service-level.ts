import { measures as m } from '../measures.ts'
import type { ServiceLevelPolicy } from '../rules.ts'
import { type MetricRow, term } from './row.ts'
import { wait } from './wait-row.ts'

/** Exactly one event a visit (or call, by the policy's clock); numerator, denominator and policy stand in the value. */
export const serviceLevelRow = (policy: ServiceLevelPolicy): MetricRow =>
  wait(
    { id: policy.metricId, unit: 'ratio' },
    {
      kind: 'ratio',
      numerator: [term(m.serviceLevelMet, policy.id)],
      denominator: [term(m.serviceLevelMet, policy.id), term(m.serviceLevelMissed, policy.id)],
      policy,
    },
    {
      formula: `service-level events met / all, by policy ${policy.id}`,
      filedAt: 'the service-level event: answered, abandoned or threshold passed, whichever is first',
      edgeRules:
        'What comes after the event does not change it. Visits younger than the threshold are not in n. An empty queue is null, never 1.',
      source: 'Genesys, Cisco UCCE, Amazon Connect, Asterisk: see the presets',
    },
  )
