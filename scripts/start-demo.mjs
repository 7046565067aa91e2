import { runCommand } from './run-command.mjs'
import { runMain, setUp } from './set-up.mjs'

await runMain(async () => {
  const node = await setUp()
  const demo = await runCommand(node, ['dist/cli.js', 'demo', ...process.argv.slice(2)])
  return demo.code
})
