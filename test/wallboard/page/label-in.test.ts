import { expect, test } from 'vitest'
import { labelIn } from '../../../src/wallboard/page/wall-model.ts'

test('an id is named by its label, never by what every object has', () => {
  expect(labelIn({ billing: 'Billing' }, 'billing')).toBe('Billing')
  for (const id of ['constructor', 'toString', '__proto__', 'sales'])
    expect(labelIn({ billing: 'Billing' }, id)).toBeUndefined()
  expect(labelIn(undefined, 'billing')).toBeUndefined()
})
