import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countTests } from './count-tests.mjs'
import { runCommand } from './run-command.mjs'
import { runMain, setUp } from './set-up.mjs'

await runMain(async () => {
  const node = await setUp()
  const folder = mkdtempSync(join(tmpdir(), 'floorwatch-test-'))
  const report = join(folder, 'report.json')
  const ran = await runCommand(node, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project=unit',
    '--project=law',
    '--project=int',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ])
  const counts = countTests(readReport(report), ran.code)
  rmSync(folder, { recursive: true })
  for (const line of counts.notes) console.log(line)
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed === 0 ? 0 : 1
})

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    return { testResults: [], unreadable: cause.message }
  }
}
