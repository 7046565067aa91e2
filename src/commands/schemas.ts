import { FloorwatchError } from '../errors.ts'
import { type CheckLine, codeOfChecks, formatChecks } from './check-lines.ts'

export type SchemaFormat = 'avro' | 'json'

export type SubjectCheck = { readonly subject: string } & (
  | { readonly state: 'registered'; readonly id: number }
  | { readonly state: 'missing' | 'compatible' | 'incompatible' }
)

export type SchemasIo = {
  readonly check: (format: SchemaFormat) => Promise<readonly SubjectCheck[]>
  readonly register: (format: SchemaFormat) => Promise<readonly SubjectCheck[]>
  readonly print: (text: string) => void
}

export type SchemasFlags = { readonly format: string; readonly json?: boolean }

/** One line a subject; exit code 1 where a schema is not registered. `action` decides whether anything is changed. */
export const runSchemas = async (
  action: 'check' | 'register',
  { format, json = false }: SchemasFlags,
  io: SchemasIo,
): Promise<number> => {
  if (format !== 'avro' && format !== 'json')
    throw new FloorwatchError('usage-invalid', `--format: '${format}' is none; write avro or json`)
  const lines = (await io[action](format)).map(describeSubject)
  io.print(formatChecks(lines, json))
  return codeOfChecks(lines)
}

const describeSubject = (check: SubjectCheck): CheckLine => {
  const name = `subject ${check.subject}`
  switch (check.state) {
    case 'registered':
      return { name, ok: true, detail: `registered, id ${check.id}`, fix: null }
    case 'missing':
      return { name, ok: false, detail: 'has no schema', fix: '`floorwatch schemas register` registers it' }
    case 'compatible':
      return {
        name,
        ok: false,
        detail: 'has another version of the schema, which this one may follow',
        fix: '`floorwatch schemas register` registers this one',
      }
    case 'incompatible':
      return {
        name,
        ok: false,
        detail: 'has a schema that this one may not follow',
        fix: 'delete the subject if nobody writes with its schema, or lower its compatibility in the registry',
      }
  }
}
