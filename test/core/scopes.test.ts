import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { otherKey } from '../../src/core/event-fields.ts'
import { type Measure, measures } from '../../src/core/measures.ts'
import {
  createScopeTable,
  isGroupable,
  normaliseSet,
  parseScopeKey,
  scopeKeyOf,
  scopeKeysOf,
  withParents,
} from '../../src/core/scopes.ts'
import { createScopeCells } from '../../src/core/slices.ts'

const edges = [0, 0, 0, 0] as const
const tableWith = (sets: readonly (readonly string[])[], keysMax = 10) =>
  createScopeTable({ sets, keysMax, holdsFlows: () => false, edges: () => edges })

const call = { tenantId: 'acme', kind: 'call' } as const
const inbound = { direction: 'inbound', queueId: 'billing', channel: 'voice', agentId: 'anna' }

const keysOf = (
  table: ReturnType<typeof tableWith>,
  measure: Measure,
  dimensions: Readonly<Record<string, string>> = inbound,
) => table.resolve(call, { measure, dimensions }).map(({ key }) => key)

describe('keys', () => {
  test('dimensions stand sorted by name, the whole tenant is the empty string', () => {
    expect(scopeKeyOf('acme', { queueId: 'billing', channel: 'voice' })).toBe(
      'acme|channel=voice,queueId=billing',
    )
    expect(scopeKeyOf('acme', {})).toBe('acme|')
  })

  test('any names and values come back from a key', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, fc.dictionary(text, text), (tenantId, values) => {
        const dimensions = Object.fromEntries(Object.entries(values))
        expect(parseScopeKey(scopeKeyOf(tenantId, dimensions))).toEqual({ tenantId, dimensions })
      }),
    )
  })

  test('a set names each dimension once, in order', () => {
    expect(normaliseSet(['queueId', 'channel', 'queueId'])).toEqual(['channel', 'queueId'])
  })

  test('shares need the set without their dimension', () => {
    expect(withParents([['channel', 'queueId']])).toEqual([['channel', 'queueId'], ['queueId']])
  })
})

describe('which scopes a contribution belongs to', () => {
  test('each set it has all dimensions of; a missing dimension gives no key', () => {
    const table = tableWith([[], ['queueId'], ['teamId']])
    expect(keysOf(table, measures.callsOffered)).toEqual(['acme|', 'acme|queueId=billing'])
  })

  test('a measure of the visit is not grouped by agent, one of the leg is, and some only so', () => {
    const table = tableWith([[], ['agentId']])
    expect(keysOf(table, measures.callsOffered)).toEqual(['acme|'])
    expect(keysOf(table, measures.handle)).toEqual(['acme|', 'acme|agentId=anna'])
    expect(keysOf(table, measures.casesHandledByAgent)).toEqual(['acme|agentId=anna'])
    expect(isGroupable('agentOnly', ['agentId', 'queueId'])).toBe(true)
  })

  test('a call that is not inbound is told of only where the direction is', () => {
    const table = tableWith([[], ['direction'], ['queueId']])
    const outbound = { ...inbound, direction: 'outbound' }
    expect(keysOf(table, measures.callsOffered, outbound)).toEqual(['acme|direction=outbound'])
    expect(keysOf(table, measures.csatScores, outbound)).toContain('acme|')
  })
})

describe('finding a scope again', () => {
  const table = tableWith([[], ['queueId'], ['teamId'], ['channel', 'queueId']])
  const resolved = (tenantId: string, dimensions: Readonly<Record<string, string>>) =>
    table.resolve({ tenantId, kind: 'call' }, { measure: measures.callsOffered, dimensions })

  test('equal dimensions lead to the same scopes', () => {
    const [first, again] = [resolved('acme', { ...inbound }), resolved('acme', { ...inbound })]
    expect(again).toHaveLength(3)
    for (const [index, scope] of again.entries()) expect(scope).toBe(first[index])
  })

  test('tenants and names with the same values have scopes of their own', () => {
    const keys = (tenantId: string, dimensions: Readonly<Record<string, string>>) =>
      resolved(tenantId, { direction: 'inbound', ...dimensions }).map(({ key }) => key)
    expect(keys('acme', { queueId: 'same' })).toEqual(['acme|', 'acme|queueId=same'])
    expect(keys('other', { queueId: 'same' })).toEqual(['other|', 'other|queueId=same'])
    expect(keys('acme', { teamId: 'same' })).toEqual(['acme|', 'acme|teamId=same'])
    const crossed = { channel: 'same', queueId: 'voice' }
    expect(keys('acme', { channel: 'voice', queueId: 'same' })).toContain('acme|channel=voice,queueId=same')
    expect(keys('acme', crossed)).toContain('acme|channel=same,queueId=voice')
  })

  test('a scope that was brought back is found', () => {
    const restored = tableWith([['queueId']])
    const scope = restored.restore('acme|queueId=billing', () => createScopeCells(edges))
    expect(restored.resolve(call, { measure: measures.callsOffered, dimensions: inbound })).toEqual([scope])
    expect(restored.byKey.size).toBe(1)
  })
})

describe('the cap on keys', () => {
  test('past it contributions go to the other key; admitted keys stay', () => {
    const table = tableWith([['queueId']], 1)
    const inQueue = (queueId: string) => keysOf(table, measures.callsOffered, { ...inbound, queueId })
    expect(inQueue('a')).toEqual(['acme|queueId=a'])
    expect(inQueue('b')).toEqual([`acme|queueId=${otherKey}`])
    expect(inQueue('c')).toEqual([`acme|queueId=${otherKey}`])
    expect(inQueue('a')).toEqual(['acme|queueId=a'])
    expect(table.cappedCount()).toBeGreaterThan(0)
  })

  test('restored keys count towards it', () => {
    const table = tableWith([['queueId']], 1)
    table.restore('acme|queueId=a', () => createScopeCells(edges))
    expect(keysOf(table, measures.callsOffered, { ...inbound, queueId: 'b' })).toEqual([
      `acme|queueId=${otherKey}`,
    ])
  })

  test('a set that was full stays so when it may hold more: what a key has under the other one is taken back there', () => {
    const table = tableWith([['queueId']], 10)
    const other = `acme|queueId=${otherKey}`
    for (const key of ['acme|queueId=a', other]) table.restore(key, () => createScopeCells(edges))
    const inQueue = (queueId: string) => keysOf(table, measures.callsOffered, { ...inbound, queueId })
    expect(inQueue('a')).toEqual(['acme|queueId=a'])
    expect(inQueue('b')).toEqual([other])
    expect(table.cappedCount()).toBe(1)
  })

  test('each key of a fact is known beside the one that stands in for it', () => {
    expect(scopeKeysOf([['queueId']], { ...call, measure: measures.waiting, dimensions: inbound })).toEqual([
      { key: 'acme|queueId=billing', other: `acme|queueId=${otherKey}` },
    ])
  })
})
