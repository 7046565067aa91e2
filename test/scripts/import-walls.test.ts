import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const forbiddenImports = [
  ['src/core/a.ts', 'node:fs'],
  ['src/core/b.ts', '../ports.ts'],
  ['src/core/contributions/a.ts', '../../errors.ts'],
  ['src/core/contributions/b.ts', 'kafkajs'],
  ['src/kafka/a.ts', '../redis/store.ts'],
  ['src/kafka/b.ts', 'ioredis'],
  ['src/redis/a.ts', '../config.ts'],
  ['src/registry/a.ts', 'kafkajs'],
  ['src/memory/a.ts', '@confluentinc/schemaregistry'],
  ['src/health/a.ts', '../wallboard/server.ts'],
  ['src/health/b.ts', 'kafkajs'],
  ['src/wallboard/a.ts', 'prom-client'],
  ['src/wallboard/page/a.ts', '../../memory/store.ts'],
  ['src/processor.ts', './kafka/source.ts'],
  ['src/service.ts', './health/probes.ts'],
  ['src/outage-log.ts', 'prom-client'],
  ['src/cli.ts', 'ioredis'],
] as const

const allowedImports = [
  ['src/core/c.ts', 'zod'],
  ['src/core/contributions/c.ts', '../timeline.ts'],
  ['src/kafka/c.ts', 'kafkajs'],
  ['src/redis/c.ts', '../core/partition.ts'],
  ['src/registry/c.ts', '../errors.ts'],
  ['src/health/c.ts', 'prom-client'],
  ['src/wallboard/page/c.ts', '../wire.ts'],
  ['src/publisher.ts', './core/windows.ts'],
  ['src/wiring.ts', './kafka/source.ts'],
] as const

const impure = [
  ['src/core/now.ts', 'Date.now()'],
  ['src/core/date.ts', 'new Date()'],
  ['src/core/random.ts', 'Math.random()'],
  ['src/core/performance.ts', 'performance.now()'],
  ['src/core/environment.ts', 'process.env'],
] as const

let folder: string
let found: ReadonlyMap<string, readonly string[]>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'floorwatch-walls-'))
  await cp('biome.json', join(folder, 'biome.json'))
  await cp('scripts/core-is-pure.grit', join(folder, 'scripts', 'core-is-pure.grit'))
  for (const [path, module] of [...forbiddenImports, ...allowedImports]) {
    await writeSource(path, `import { a } from '${module}'\n\nexport const b = a\n`)
  }
  for (const [path, expression] of impure) await writeSource(path, `export const a = ${expression}\n`)
  await writeSource('src/config.ts', 'export const a = process.env\n')
  await writeSource('src/redis/environment.ts', 'export const a = process.env\n')
  found = await lintFolder()
})

afterAll(() => rm(folder, { recursive: true }))

test.each(forbiddenImports)('%s may not import %s', (path) => {
  expect(found.get(path)).toContain('lint/style/noRestrictedImports')
})

test.each(allowedImports)('%s may import %s', (path) => {
  expect(found.get(path)).toBeUndefined()
})

test.each(impure)('%s may not use %s', (path) => {
  expect(found.get(path)?.join(' ')).toMatch(/plugin|noRestrictedGlobals/)
})

test('only config.ts reads the environment', () => {
  expect(found.get('src/config.ts')).toBeUndefined()
  expect(found.get('src/redis/environment.ts')).toEqual(['lint/style/noProcessEnv'])
})

async function writeSource(path: string, source: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), source)
}

/** The project's own rules over the files above: path → categories of what the linter says about it. */
async function lintFolder(): Promise<ReadonlyMap<string, readonly string[]>> {
  const biome = resolve('node_modules/.bin/biome')
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=200', 'src']
  const printed = await new Promise<string>((done) => {
    execFile(biome, args, { cwd: folder }, (_error, stdout) => done(stdout))
  })
  const report = JSON.parse(printed) as { diagnostics: { category: string; location: { path: string } }[] }
  const categories = new Map<string, string[]>()
  for (const { category, location } of report.diagnostics) {
    categories.set(location.path, [...(categories.get(location.path) ?? []), category])
  }
  return categories
}
