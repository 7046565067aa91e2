import { runCommand } from './run-command.mjs'
import { findNode, installDependencies, runMain } from './set-up.mjs'

await runMain(async () => {
  await installDependencies()
  const node = await findNode()
  const checks = [
    ['types', 'tsc', ['-p', 'tsconfig.json', '--noEmit']],
    ['lint, import walls and format', 'biome', ['check', '--error-on-warnings', '.']],
    ['import graph', node, ['scripts/draw-graph.mjs']],
    ['dead code', node, ['node_modules/knip/bin/knip.js']],
    ['unit tests', node, ['node_modules/vitest/vitest.mjs', 'run', '--project=unit']],
  ]
  let failed = 0
  for (const check of checks) failed += (await isPassed(check)) ? 0 : 1
  console.log(`${checks.length - failed} checks passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
})

async function isPassed([name, command, args]) {
  const startedMs = performance.now()
  const { code, output, stopped } = await runCommand(command, args, { quiet: true })
  if (stopped) process.exit(1)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  if (code !== 0) console.log(output.trimEnd())
  return code === 0
}
