import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyReachedPackages, reachedPackages } from '../../scripts/image-modules.mjs'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'floorwatch-image-'))
  await copyReachedPackages(join(folder, 'node_modules'))
  for (const part of ['package.json', 'schemas', 'src'])
    await cp(part, join(folder, part), { recursive: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The page is for browsers, and the command runs when it is loaded. */
const isModule = (file: string): boolean =>
  file.endsWith('.ts') && file !== 'cli.ts' && !file.startsWith('wallboard/page/')

test('of the packages that the registry client brings along no cloud goes into the image', async () => {
  const names = (await reachedPackages()).map((path) => path.slice('node_modules/'.length))
  expect(names).toEqual(
    expect.arrayContaining(['@confluentinc/schemaregistry', 'avsc', 'ioredis', 'kafkajs']),
  )
  expect(names.filter((name) => /^@(azure|aws-sdk|google-cloud|grpc|smithy)\//.test(name))).toEqual([])
  expect(names.length).toBeLessThan(100)
})

test('every module loads where there are no other packages than those of the image', async () => {
  const files = (await readdir(join(folder, 'src'), { recursive: true })).filter(isModule)
  expect(files.length).toBeGreaterThan(200)
  const load = `for (const file of ${JSON.stringify(files)}) await import('${join(folder, 'src')}/' + file)`
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', load], { cwd: folder })
  await expect(run).resolves.toBeDefined()
})
