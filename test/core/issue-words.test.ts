import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeIssue } from '../../src/core/issue-words.ts'

const schema = z.object({
  name: z.string().min(2).max(5).default('ab'),
  id: z.string().min(1).default('a'),
  count: z.int().min(1).max(9).default(1),
  share: z.number().max(1).default(1),
  flag: z.boolean().default(true),
  kind: z.enum(['csat', 'nps']).default('nps'),
  type: z.literal('call.queued').default('call.queued'),
  list: z.array(z.int()).max(2).default([]),
  map: z.record(z.string().min(1), z.string()).default({}),
  inner: z.object({ must: z.string(), choice: z.enum(['a', 'b']) }).default({ must: '', choice: 'a' }),
  code: z
    .string()
    .regex(/^[A-Z]$/, 'must be a capital letter')
    .default('A'),
})

const wordsFor = (value: object): readonly string[] => {
  const { error } = schema.safeParse(value)
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${describeIssue(issue, value)}`)
}

test.each<[object, string]>([
  [{ name: 7 }, 'name: must be a string, not a number'],
  [{ name: null }, 'name: must be a string, not null'],
  [{ name: ['a', 'b'] }, 'name: must be a string, not a list'],
  [{ name: 'a' }, 'name: must have at least 2 characters'],
  [{ name: 'abcdef' }, 'name: must have at most 5 characters'],
  [{ id: '' }, 'id: must not be empty'],
  [{ count: 1.5 }, 'count: must be a whole number'],
  [{ count: 'soon' }, 'count: must be a number, not a string'],
  [{ count: 0 }, 'count: must be at least 1'],
  [{ share: Number.POSITIVE_INFINITY }, 'share: must be a number that is finite'],
  [{ share: Number.NaN }, 'share: must be a number that is finite'],
  [{ share: 1.5 }, 'share: must be at most 1'],
  [{ flag: 'yes' }, 'flag: must be true or false, not a string'],
  [{ kind: 'other' }, 'kind: must be one of csat, nps'],
  [{ type: 'other' }, 'type: must be call.queued'],
  [{ list: { 0: 1 } }, 'list: must be a list, not an object'],
  [{ list: [1, 2, 3] }, 'list: must have at most 2 entries'],
  [{ list: [1, 'b'] }, 'list.1: must be a number, not a string'],
  [{ map: true }, 'map: must be an object, not true or false'],
  [{ map: { '': 'x' } }, 'map.: its name must not be empty'],
  [{ inner: { choice: 'a' } }, 'inner.must: is missing; add a string'],
  [{ inner: { must: 'x' } }, 'inner.choice: is missing; add one of a, b'],
  [{ code: 'a' }, 'code: must be a capital letter'],
])('of %j it says what must stand there, and never what does', (value, words) => {
  expect(wordsFor(value)).toEqual([words])
})
