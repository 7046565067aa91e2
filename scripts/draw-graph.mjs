import { runCommand } from './run-command.mjs'

/** Rooms and arrows of src as a Mermaid flowchart on stdout. Exit code 1, with the path, when files or rooms form a cycle. */
const config = '.dependency-cruiser.mjs'
const cycles = await runCommand('depcruise', ['src', '--config', config, '--output-type', 'err'], {
  quiet: true,
})
if (cycles.code !== 0) console.error(cycles.output.trimEnd())
await runCommand('depcruise', [
  'src',
  '--config',
  config,
  '--output-type',
  'mermaid',
  '--collapse',
  '^src/[^/]+',
])
process.exitCode = cycles.code === 0 ? 0 : 1
