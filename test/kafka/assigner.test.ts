import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignShards, type Member } from '../../src/kafka/assigner.ts'

const members = (owned: Readonly<Record<string, readonly number[]>>): Member[] =>
  Object.entries(owned).map(([memberId, shards]) => ({ memberId, owned: shards }))

const asRecord = (assignment: ReadonlyMap<string, readonly number[]>) => Object.fromEntries(assignment)

describe('assignShards', () => {
  test('the first member takes everything', () => {
    expect(asRecord(assignShards(4, members({ a: [] })))).toEqual({ a: [0, 1, 2, 3] })
  })

  test('a newcomer takes only what balance asks for; the rest stays where it was', () => {
    const assignment = asRecord(assignShards(4, members({ a: [0, 1, 2, 3], b: [] })))
    expect(assignment).toEqual({ a: [0, 1], b: [2, 3] })
  })

  test('when a member leaves, the others keep theirs', () => {
    const assignment = asRecord(assignShards(6, members({ b: [2, 3], c: [4, 5] })))
    expect(assignment.b).toEqual(expect.arrayContaining([2, 3]))
    expect(assignment.c).toEqual(expect.arrayContaining([4, 5]))
  })

  test('more members than shards leaves some with none', () => {
    expect(asRecord(assignShards(1, members({ a: [], b: [0] })))).toEqual({ a: [], b: [0] })
  })

  test('a shard that two claim goes to one; a shard out of range is ignored', () => {
    const assignment = asRecord(assignShards(2, members({ a: [0, 9], b: [0] })))
    expect(assignment).toEqual({ a: [0], b: [1] })
  })

  test('every shard has one owner, counts differ by one at most, and no more moves than balance needs', () => {
    const histories = fc.record({
      partitions: fc.integer({ min: 1, max: 24 }),
      before: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      joined: fc.uniqueArray(fc.string({ minLength: 4, maxLength: 5 }), { maxLength: 4 }),
      stayed: fc.integer({ min: 1, max: 8 }),
    })
    fc.assert(
      fc.property(histories, ({ partitions, before, joined, stayed }) => {
        const first = assignShards(
          partitions,
          before.map((memberId) => ({ memberId, owned: [] })),
        )
        const present = [...before.slice(0, stayed), ...joined]
        const group = present.map((memberId) => ({ memberId, owned: first.get(memberId) ?? [] }))
        const second = assignShards(partitions, group)
        const counts = [...second.values()].map((shards) => shards.length)
        expect([...second.values()].flat().toSorted((a, b) => a - b)).toEqual([...Array(partitions).keys()])
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        const least = Math.floor(partitions / present.length)
        for (const { memberId, owned } of group) {
          const kept = owned.filter((shard) => second.get(memberId)?.includes(shard)).length
          expect(kept).toBeGreaterThanOrEqual(Math.min(owned.length, least))
        }
      }),
    )
  })
})
