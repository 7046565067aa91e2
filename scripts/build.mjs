import { chmodSync, cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPage } from './build-page.mjs'
import { root, runCommand } from './run-command.mjs'
import { runMain, SetUpError } from './set-up.mjs'

const page = join('src', 'wallboard', 'page')

await runMain(async () => {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  copyFiles()
  await buildPage()
  const compiled = await runCommand('tsc', ['-p', 'tsconfig.build.json'])
  if (compiled.code !== 0) throw new SetUpError('The sources do not compile; the lines above say where.')
  const cli = join(root, 'dist', 'cli.js')
  if (existsSync(cli)) chmodSync(cli, 0o755)
  writeFileSync(join(root, 'dist', '.built'), '')
  return 0
})

/** Everything beside the sources (the Lua scripts) goes along as it is; the page is bundled. */
function copyFiles() {
  for (const file of listFiles('src').filter((path) => !path.endsWith('.ts') && !path.startsWith(page))) {
    cpSync(join(root, file), join(root, 'dist', file.slice('src/'.length)))
  }
}

function listFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}
