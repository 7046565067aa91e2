import type { Config } from './config-schema.ts'
import { type BusinessCalendar, createBusinessCalendar, weekdaysIn } from './core/business-hours.ts'
import {
  defaultPolicy,
  policyPresets,
  type ResponseTarget,
  type Rules,
  type ServiceLevelPolicy,
  type TargetKind,
} from './core/rules.ts'

type PolicyConfig = Config['serviceLevel']['default']

/** The rules that contributions are made by; `mistakes` are between values, each with its path. */
export const rulesOf = (config: Config): { readonly rules: Rules; readonly mistakes: readonly string[] } => {
  const mistakes: string[] = []
  const calendars = calendarsOf(config)
  const { time, targets } = config
  const targetsOf = (kind: TargetKind): readonly ResponseTarget[] =>
    targets[kind].map(({ calendar: name, ...row }, index) => {
      const calendar = name === undefined ? undefined : calendars.get(name)
      if (name !== undefined && !calendar)
        mistakes.push(`targets.${kind}.${index}.calendar: time.calendars has no ${name}`)
      return dropUndefined({ ...row, calendar }) as ResponseTarget
    })
  const calendar = businessCalendarOf(config, calendars, mistakes)
  if (time.openSubjectExpiryMs < time.visitExpiryMs)
    mistakes.push(`time.openSubjectExpiryMs: must not be below visitExpiryMs (${time.visitExpiryMs})`)
  const [numerator, denominator] = config.surveys.positiveFrom
  const rules: Rules = {
    policies: policiesOf(config, mistakes),
    targets: {
      firstResponse: targetsOf('firstResponse'),
      nextReply: targetsOf('nextReply'),
      resolution: targetsOf('resolution'),
    },
    atRiskMs: targets.atRiskMs,
    ...(calendar ? { calendar } : {}),
    businessDays: calendar ?? weekdaysIn(time.zone),
    visitExpiryMs: time.visitExpiryMs,
    wrapExpected: time.wrapExpected,
    wrapExpiryMs: time.wrapExpiryMs,
    endedCallExpiryMs: time.endedCallExpiryMs,
    endedTicketExpiryMs: time.endedTicketExpiryMs,
    openSubjectExpiryMs: time.openSubjectExpiryMs,
    fcrWindowMs: config.fcr.windowMs,
    complaintsFrom: config.complaints.from,
    csatPositive: { numerator, denominator },
  }
  return { rules, mistakes }
}

const calendarsOf = ({ time }: Config): ReadonlyMap<string, BusinessCalendar> =>
  new Map(
    Object.entries(time.calendars).map(([name, hours]) => [
      name,
      createBusinessCalendar({ ...hours, zone: hours.zone ?? time.zone }),
    ]),
  )

const businessCalendarOf = (
  { time }: Config,
  calendars: ReadonlyMap<string, BusinessCalendar>,
  mistakes: string[],
): BusinessCalendar | undefined => {
  const name = time.businessCalendar
  if (name === undefined) return calendars.size === 1 ? [...calendars.values()][0] : undefined
  if (!calendars.has(name)) mistakes.push(`time.businessCalendar: time.calendars has no ${name}`)
  return calendars.get(name)
}

const policiesOf = ({ serviceLevel }: Config, mistakes: string[]): readonly ServiceLevelPolicy[] => {
  const { default: standard, policies, per } = serviceLevel
  const named = Object.entries(policies).map(([id, policy]) => ({
    id,
    policy,
    path: `serviceLevel.policies.${id}`,
  }))
  const all = [
    {
      id: standard.preset ?? defaultPolicyId(standard),
      policy: { ...standard, per: [...standard.per, ...per] },
      path: 'serviceLevel.default',
    },
    ...named,
  ]
  const made = all.map(({ id, policy, path }, index) => {
    const { preset, ...own } = policy
    const metricId = index === 0 ? 'serviceLevel' : `serviceLevel.${id}`
    const whole = {
      ...defaultPolicy,
      ...(preset ? policyPresets[preset] : {}),
      ...dropUndefined(own),
      id,
      metricId,
    }
    checkPolicy(whole as ServiceLevelPolicy, path, mistakes)
    return whole as ServiceLevelPolicy
  })
  return made
}

/** The default policy is named by its threshold, so that a value tells it. */
const defaultPolicyId = ({ thresholdMs = defaultPolicy.thresholdMs }: PolicyConfig): string =>
  `default-${thresholdMs / 1000}s`

const checkPolicy = (policy: ServiceLevelPolicy, path: string, mistakes: string[]): void => {
  const { shortAbandonMs, per } = policy
  const thresholdMs = Math.min(policy.thresholdMs, ...per.map((row) => row.thresholdMs ?? policy.thresholdMs))
  if (shortAbandonMs !== undefined && shortAbandonMs > thresholdMs)
    mistakes.push(`${path}.shortAbandonMs: must not be above thresholdMs (${thresholdMs})`)
}

const dropUndefined = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>
