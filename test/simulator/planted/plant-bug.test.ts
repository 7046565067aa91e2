import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { patchSource } from './plant-bug.ts'
import { sourceBugs } from './source-bugs.ts'

describe('bugs planted into the source', () => {
  const rows = Object.entries(sourceBugs).flatMap(([name, { patches }]) =>
    patches.map((patch) => ({ name, patch })),
  )

  test.each(rows)('$name still finds the line it replaces', ({ patch }) => {
    const source = readFileSync(new URL(`../../../${patch.file}`, import.meta.url), 'utf8')
    expect(patchSource(source, [patch])).not.toBe(source)
  })

  test('a bug whose line is no longer there says so', () => {
    const patch = { file: 'src/x.ts', from: 'no such line', to: '' }
    expect(() => patchSource('another line', [patch])).toThrow('src/x.ts holds 0 times')
  })
})
