import { chmodSync, cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, runCommand } from './run-command.mjs'
import { runMain, SetUpError } from './set-up.mjs'

const page = join('src', 'wallboard', 'page')

await runMain(async () => {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const compiled = await runCommand('tsc', ['-p', 'tsconfig.build.json'])
  if (compiled.code !== 0) throw new SetUpError('The sources do not compile; the lines above say where.')
  copyFiles()
  await bundlePage()
  if (existsSync(join(root, 'dist', 'cli.js'))) chmodSync(join(root, 'dist', 'cli.js'), 0o755)
  writeFileSync(join(root, 'dist', '.built'), '')
  return 0
})

/** Everything beside the sources (Lua scripts, the page's HTML and CSS) goes along as it is. */
function copyFiles() {
  for (const file of listFiles('src').filter((path) => !path.endsWith('.ts'))) {
    cpSync(join(root, file), join(root, 'dist', file.slice('src/'.length)))
  }
}

/** Every TypeScript file that lies at the top of the page's folder and is named by one of its HTML files is bundled. */
async function bundlePage() {
  const entry = join(root, page, 'main.ts')
  if (!existsSync(entry)) return
  await build({
    entryPoints: [entry],
    outdir: join(root, 'dist', 'wallboard', 'page'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: false,
    logLevel: 'warning',
  })
}

function listFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}
