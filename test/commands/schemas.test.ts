import { expect, test } from 'vitest'
import { runSchemas, type SchemasIo, type SubjectCheck } from '../../src/commands/schemas.ts'

function ioOf(checks: readonly SubjectCheck[]) {
  const printed: string[] = []
  const asked: string[] = []
  const answer = (action: string) => async (format: string) => {
    asked.push(`${action} ${format}`)
    return checks
  }
  const io: SchemasIo = {
    check: answer('check'),
    register: answer('register'),
    print: (text) => void printed.push(text),
  }
  return { io, printed, asked }
}

test.each([
  ['missing', '`floorwatch schemas register`'],
  ['compatible', '`floorwatch schemas register`'],
  ['incompatible', 'lower its compatibility'],
] as const)('a subject that is %s is a ✗ with its fix', async (state, fix) => {
  const { io, printed } = ioOf([{ subject: 'a-value', state }])
  expect(await runSchemas('check', { format: 'avro' }, io)).toBe(1)
  expect(printed[0]).toMatch(/^✗ subject a-value: /)
  expect(printed[0]).toContain(fix)
})

test('only what was asked is done, in the format asked', async () => {
  const { io, asked } = ioOf([{ subject: 'a-value', state: 'registered', id: 3 }])
  expect(await runSchemas('check', { format: 'json', json: true }, io)).toBe(0)
  expect(asked).toEqual(['check json'])
  await expect(runSchemas('register', { format: 'protobuf' }, io)).rejects.toThrow(
    "--format: 'protobuf' is none; write avro or json",
  )
  expect(asked).toEqual(['check json'])
})
