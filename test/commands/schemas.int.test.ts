import { expect, test } from 'vitest'
import { runCli } from './run-cli.ts'
import { openSurroundings } from './surroundings.ts'

test('schemas that are missing are told, then registered under their topics’ names', async () => {
  const { env, names } = await openSurroundings()
  const before = await runCli(['schemas', 'check'], { env })
  expect(before.code).toBe(1)
  expect(before.stdout).toContain(
    `✗ subject ${names.input.ticket}-value: has no schema\n  → \`floorwatch schemas register\``,
  )
  const registered = await runCli(['schemas', 'register'], { env })
  expect(registered.code).toBe(0)
  const after = await runCli(['schemas', 'check', '--json'], { env })
  expect(after.code).toBe(0)
  expect(JSON.parse(after.stdout)).toContainEqual({
    name: `subject ${names.input.ticket}-value`,
    ok: true,
    detail: expect.stringMatching(/^registered, id \d+$/),
    fix: null,
  })
})

test('without a registry, and without an answer, there is one line that says what to set', async () => {
  const unset = await runCli(['schemas', 'check'])
  expect(unset.code).toBe(2)
  expect(unset.stderr).toMatch(/^floorwatch: registry\.url: is not set; .*FLOORWATCH_REGISTRY_URL\n$/)
  const silent = await runCli(['schemas', 'check'], {
    env: { FLOORWATCH_REGISTRY_URL: 'http://127.0.0.1:1' },
  })
  expect(silent.code).toBe(1)
  expect(silent.stderr).toMatch(
    /^floorwatch: the schema registry at http:\/\/127\.0\.0\.1:1 did not answer.*\n$/,
  )
})
