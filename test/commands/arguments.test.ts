import { describe, expect, test } from 'vitest'
import { parseSets, parseWindows } from '../../src/commands/arguments.ts'

describe('what is asked for twice', () => {
  test('is one grouping set, in whatever order its dimensions stand', () => {
    expect(parseSets('--scopes', ';queueId;channel,queueId;queueId;queueId,channel;')).toEqual([
      [],
      ['queueId'],
      ['channel', 'queueId'],
    ])
  })

  test('is one window', () => {
    expect(parseWindows('--windows', 'now,total,now').map(({ id }) => id)).toEqual(['now', 'total'])
  })
})

test.each(['constructor', '__proto__', 'toString', 'a|b'])('%s names no dimension', (name) => {
  expect(() => parseSets('--scopes', `queueId,${name}`)).toThrow('cannot name a dimension')
})
