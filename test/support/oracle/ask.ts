import type { Event } from '../../../src/core/events.ts'
import { createOracle } from '../oracle.ts'
import { defaultOracleConfig, type OfficeHours, type OracleConfig } from './config.ts'
import type { Scope } from './facts.ts'
import { makeEvent } from './make-event.ts'
import type { OracleValue } from './metric-values.ts'

const day = 86_400_000
export const monday = Date.parse('2026-03-02T00:00:00Z')

export type Asked = {
  readonly config?: Partial<OracleConfig>
  readonly scope?: Scope
  readonly window?: string
  readonly asOf?: number
}

/** Every metric of the default tenant, a month after `monday` where nothing else is asked. */
export const ask = (events: readonly Event[], asked: Asked = {}): Readonly<Record<string, OracleValue>> => {
  const { config = {}, scope = {}, window = 'total', asOf = monday + 30 * day } = asked
  const oracle = createOracle(events, { ...defaultOracleConfig, ...config })
  return oracle.snapshot({ tenantId: 'default', scope, window, asOfMs: asOf }).metrics
}

export const says = (author: 'customer' | 'agent' | 'bot', at: number, own: object = {}) =>
  makeEvent('message.sent', at, { author, ...(author === 'agent' ? { agentId: 'anna' } : {}), ...own })

/** The same promise for first responses, next replies and resolutions. */
export const targets = (withinMs: number, calendar?: OfficeHours): OracleConfig['targets'] => {
  const rows = [{ withinMs, ...(calendar ? { calendar } : {}) }]
  return { firstResponse: rows, nextReply: rows, resolution: rows, atRiskMs: 3_600_000 }
}
