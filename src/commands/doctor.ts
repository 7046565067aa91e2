import { FloorwatchError } from '../errors.ts'
import { type CheckLine, codeOfChecks, formatCheckLine, formatChecks } from './check-lines.ts'
import type { SubjectCheck } from './schemas.ts'

/** One part of the surroundings; a part that throws an outage is a line too. */
export type DoctorPart = {
  readonly name: string
  readonly fix: string
  readonly look: () => Promise<readonly CheckLine[]>
}

export type DoctorIo = { readonly parts: readonly DoctorPart[]; readonly print: (text: string) => void }

/** Looks at every part, one after the other, so that people see where it waits. Exit code 1 where any line is ✗. */
export const examine = async ({ parts, print }: DoctorIo, isJson: boolean): Promise<number> => {
  const lines: CheckLine[] = []
  for (const part of parts) {
    for (const line of await lookAt(part)) {
      lines.push(line)
      if (!isJson) print(formatCheckLine(line))
    }
  }
  if (isJson) print(formatChecks(lines, true))
  return codeOfChecks(lines)
}

const lookAt = async ({ name, fix, look }: DoctorPart): Promise<readonly CheckLine[]> => {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof FloorwatchError)) throw error
    return [{ name, ok: false, detail: error.what, fix }]
  }
}

export type RegistryLook = {
  readonly url: string
  readonly checks: readonly SubjectCheck[]
  /** Subjects whose schema `start` writes with. */
  readonly written: readonly string[]
}

/** What the registry's subjects tell: that it answers, and which of them readers of ours could not follow, or writers lack. */
export const describeRegistry = ({ url, checks, written }: RegistryLook): readonly CheckLine[] => {
  const registered = checks.filter(({ state }) => state === 'registered').length
  const detail = `${url}, ${registered} of ${checks.length} subjects have this version's schema`
  return [
    { name: 'registry', ok: true, detail, fix: null },
    ...checks.flatMap((check) => (written.includes(check.subject) ? findLacking(check) : findUnfit(check))),
  ]
}

const findLacking = ({ subject, state }: SubjectCheck): readonly CheckLine[] =>
  state === 'registered'
    ? []
    : [
        {
          name: `subject ${subject}`,
          ok: false,
          detail:
            'lacks this version’s schema, without which nothing is published as kafka.snapshotFormat says',
          fix:
            state === 'incompatible'
              ? 'what is registered there forbids it: delete the subject, or lower its compatibility, and then `floorwatch schemas register`'
              : '`floorwatch schemas register` registers it',
        },
      ]

const findUnfit = ({ subject, state }: SubjectCheck): readonly CheckLine[] =>
  state !== 'incompatible'
    ? []
    : [
        {
          name: `subject ${subject}`,
          ok: false,
          detail: 'has a schema that this version’s may not follow',
          fix: '`floorwatch schemas check` tells more; events that lack what is required are dead-lettered',
        },
      ]
