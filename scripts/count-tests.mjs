/**
 * Sums up a report of vitest's JSON reporter. A test that did not run (skipped, to do) counts as failed, and so do
 * a file that could not be loaded, an error outside of every test, and a run without tests. `notes` says which.
 */
export function countTests(report, exitCode) {
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const passed = tests.filter((test) => test.status === 'passed').length
  const failed = tests.filter((test) => test.status === 'failed').length
  const notRun = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const notes = [
    ...notRun.map((test) => `Not run, so counted as failed: ${test.fullName}`),
    ...broken.map((file) => `Failed outside of its tests: ${file.name}`),
  ]
  if (failed + notes.length > 0) return { passed, failed: failed + notes.length, notes }
  if (tests.length === 0) notes.push('No test ran; that counts as a failure.')
  else if (exitCode !== 0) {
    notes.push(
      `The test runner ended with exit code ${exitCode} outside of every test; that counts as a failure.`,
    )
  }
  return { passed, failed: notes.length, notes }
}
