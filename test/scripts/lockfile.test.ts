import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

type Entry = { readonly optionalDependencies?: Readonly<Record<string, string>> }

const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Entry> }

test('every platform package has its entry in the lockfile, else npm ci refuses it on other machines', () => {
  const missing = Object.entries(lockfile.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) =>
        !(`node_modules/${name}` in lockfile.packages || `${path}/node_modules/${name}` in lockfile.packages),
    ),
  )
  expect(missing).toEqual([])
})
