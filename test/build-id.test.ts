import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildIdOf } from '../src/build-id.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'floorwatch-build-'))
  await mkdir(join(folder, 'one', 'core'), { recursive: true })
  await writeFile(join(folder, 'one', 'cli.js'), 'begin')
  await writeFile(join(folder, 'one', 'core', 'windows.js'), 'count')
  for (const name of ['same', 'changed', 'renamed'])
    await cp(join(folder, 'one'), join(folder, name), { recursive: true })
  await writeFile(join(folder, 'changed', 'core', 'windows.js'), 'count otherwise')
  await rm(join(folder, 'renamed', 'core', 'windows.js'))
  await writeFile(join(folder, 'renamed', 'core', 'rollup.js'), 'count')
})
afterAll(() => rm(folder, { recursive: true }))

const idOf = (name: string): string => buildIdOf(join(folder, name))

test('two copies of one program have one id', () => {
  expect(idOf('same')).toBe(idOf('one'))
  expect(idOf('one')).toMatch(/^[0-9a-f]{12}$/)
})

test('a program of which any file differs, or is called otherwise, has another', () => {
  expect(new Set(['one', 'changed', 'renamed'].map(idOf)).size).toBe(3)
})
