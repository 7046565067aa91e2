import { expect, test } from 'vitest'
import type { CheckLine } from '../../src/commands/check-lines.ts'
import { type DoctorPart, describeRegistry, examine } from '../../src/commands/doctor.ts'
import { FloorwatchError } from '../../src/errors.ts'

const good: CheckLine = { name: 'a', ok: true, detail: 'fine', fix: null }
const bad: CheckLine = { name: 'b', ok: false, detail: 'broken', fix: 'mend it' }
const partOf = (look: () => Promise<readonly CheckLine[]>): DoctorPart => ({
  name: 'part',
  fix: 'start it',
  look,
})

async function run(parts: readonly DoctorPart[], isJson = false) {
  const printed: string[] = []
  const code = await examine({ parts, print: (text) => void printed.push(text) }, isJson)
  return { code, printed }
}

test('each line is ✓ or ✗ with the fix below it, and one ✗ makes the exit code 1', async () => {
  expect(await run([partOf(async () => [good, bad])])).toEqual({
    code: 1,
    printed: ['✓ a: fine\n', '✗ b: broken\n  → mend it\n'],
  })
  expect((await run([partOf(async () => [good])])).code).toBe(0)
})

test('an outage is a ✗ of its part, and the next part is looked at all the same', async () => {
  const outage = partOf(async () => {
    throw new FloorwatchError('kafka-unavailable', 'no answer')
  })
  const { printed } = await run([outage, partOf(async () => [good])])
  expect(printed).toEqual(['✗ part: no answer\n  → start it\n', '✓ a: fine\n'])
})

test('a bug is no outage', async () => {
  const bug = partOf(async () => {
    throw new TypeError('undefined is no function')
  })
  await expect(run([bug])).rejects.toThrow(TypeError)
})

test('as JSON all lines are one array', async () => {
  const { printed } = await run([partOf(async () => [good]), partOf(async () => [bad])], true)
  expect(printed.map((text) => JSON.parse(text))).toEqual([[good, bad]])
})

test('a registry without our schemas is well; one whose subject we could not follow is not', () => {
  const lines = describeRegistry({
    url: 'registry:8081',
    checks: [
      { subject: 'a-value', state: 'missing' },
      { subject: 'b-value', state: 'registered', id: 4 },
      { subject: 'c-value', state: 'incompatible' },
    ],
    written: [],
  })
  expect(lines.map(({ name, ok }) => [name, ok])).toEqual([
    ['registry', true],
    ['subject c-value', false],
  ])
  expect(lines[0]?.detail).toContain('1 of 3')
})

test.each([
  ['missing', '`floorwatch schemas register` registers it'],
  ['compatible', '`floorwatch schemas register` registers it'],
  ['incompatible', expect.stringContaining('delete the subject, or lower its compatibility')],
] as const)(
  'a registry that lacks a schema we write with is ✗ with what helps, where its subject is %s',
  (state, fix) => {
    const checks = [
      { subject: 'metrics-value', state },
      { subject: 'intervals-value', state: 'registered', id: 4 },
    ] as const
    const written = checks.map(({ subject }) => subject)
    const [, ...lines] = describeRegistry({ url: 'registry:8081', checks, written })
    expect(lines).toMatchObject([{ name: 'subject metrics-value', ok: false, fix }])
  },
)
