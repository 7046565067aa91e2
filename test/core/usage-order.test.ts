import fc from 'fast-check'
import { expect, test } from 'vitest'
import { enterNewest, leaveOrder, moveToNewest, type UsageOrder } from '../../src/core/usage-order.ts'

type Used = { readonly name: number; older: Used | undefined; newer: Used | undefined }

const namesOf = ({ oldest }: UsageOrder<Used>): readonly number[] => {
  const names: number[] = []
  for (let next = oldest; next; next = next.newer) names.push(next.name)
  return names
}

test('what is used goes last, what is dropped leaves the others as they stand', () => {
  const steps = fc.array(fc.record({ name: fc.nat({ max: 5 }), isDropped: fc.boolean() }), { maxLength: 40 })
  fc.assert(
    fc.property(steps, (all) => {
      const order: UsageOrder<Used> = { oldest: undefined, newest: undefined }
      const held = new Map<number, Used>()
      for (const { name, isDropped } of all) {
        const known = held.get(name)
        held.delete(name)
        if (isDropped) {
          if (known) leaveOrder(order, known)
        } else {
          const used = known ?? { name, older: undefined, newer: undefined }
          if (known) moveToNewest(order, used)
          else enterNewest(order, used)
          held.set(name, used)
        }
        expect(namesOf(order)).toEqual([...held.keys()])
        expect(order.newest?.name).toBe([...held.keys()].at(-1))
      }
    }),
  )
})
