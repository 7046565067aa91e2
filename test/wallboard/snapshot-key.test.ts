import { expect, test } from 'vitest'
import { scopeKeyOf } from '../../src/core/scopes.ts'
import { keyFilter } from '../../src/wallboard/snapshot-key.ts'

const scopes = [
  {},
  { queueId: 'a' },
  { queueId: 'a,teamId=b' },
  { queueId: 'a', teamId: 'b' },
  { queueId: 'a,b' },
  { queueId: '100 %' },
]

const foundBy = (scope: string): readonly object[] => {
  const isAsked = keyFilter({ tenant: 'a|b', scope, window: 'today@America/New_York' })
  return scopes.filter((one) => isAsked(`${scopeKeyOf('a|b', one)}|today@America/New_York`))
}

test.each([
  ['', {}],
  ['queueId=a', { queueId: 'a' }],
  ['queueId=a,teamId=b', { queueId: 'a', teamId: 'b' }],
  ['queueId=a%2CteamId%3Db', { queueId: 'a,teamId=b' }],
  ['queueId=a,b', { queueId: 'a,b' }],
  ['queueId=a%2Cb', { queueId: 'a,b' }],
  ['queueId=100 %', { queueId: '100 %' }],
  ['queueId=100%20%25', { queueId: '100 %' }],
])('the scope %j is %j alone: a comma in a value is no second dimension', (asked, scope) => {
  expect(foundBy(asked)).toEqual([scope])
})

test('what is not asked for narrows nothing, another tenant or window is left out', () => {
  const key = 'default|queueId=a|now'
  const none = { tenant: null, scope: null, window: null }
  expect(keyFilter(none)(key)).toBe(true)
  expect(keyFilter({ ...none, tenant: 'other' })(key)).toBe(false)
  expect(keyFilter({ ...none, window: '15m' })(key)).toBe(false)
})
