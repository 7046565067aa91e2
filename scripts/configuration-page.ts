import { z } from 'zod'
import { environmentVariables } from '../src/config.ts'
import { configSchema } from '../src/config-schema.ts'
import { formatTable, generatedNote } from './page-table.ts'
import { rowWords, settingWords } from './setting-words.ts'

/** The parts of JSON Schema that the configuration's own description uses. */
type Schema = {
  readonly type?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema | false
  readonly additionalProperties?: Schema | false
}

const introduction = `\`floorwatch --config FILE\` reads a YAML file of these sections; every value can be set, or overridden, by an environment
variable. In the environment a list of plain words is comma-separated and a table is JSON; a value may also come from a file
whose path stands in the variable's name with \`_FILE\` added, as secrets do (\`FLOORWATCH_KAFKA_PASSWORD_FILE\`). Durations are
integers in milliseconds. A setting that does not exist is a mistake; all mistakes are reported together, each with its path.`

/** docs/configuration.md: every setting with its default and variable. Throws where one has no words, or words no setting. */
export const formatConfigurationPage = (): string => {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as Schema
  const settings = Object.entries(schema.properties ?? {}).flatMap(([section, value]) =>
    listSettings(section, value),
  )
  checkAgainst(
    'variables',
    settings.map(({ variable }) => variable),
    environmentVariables(),
  )
  checkAgainst(
    'words',
    settings.map(({ path }) => path),
    Object.keys(settingWords),
  )
  const sections = Map.groupBy(settings, ({ section }) => section)
  return `${[
    '# Configuration',
    generatedNote,
    introduction,
    ...[...sections].map(
      ([section, own]) => `## ${section}\n\n${formatTable(settingHead, own.map(formatSetting))}`,
    ),
    ...Object.entries(rowWords).map(([title, words]) => formatRows(schema, title, words)),
  ].join('\n\n')}\n`
}

type Setting = {
  readonly section: string
  readonly path: string
  readonly variable: string
  readonly schema: Schema
}

const listSettings = (section: string, schema: Schema): readonly Setting[] => {
  const variable = `FLOORWATCH_${toSnake(section)}`
  if (!schema.properties) return [{ section, path: section, variable, schema }]
  return Object.entries(schema.properties).map(([key, value]) => ({
    section,
    path: `${section}.${key}`,
    variable: `${variable}_${toSnake(key)}`,
    schema: value,
  }))
}

const toSnake = (name: string): string => name.replace(/[A-Z]/g, '_$&').toUpperCase()

const checkAgainst = (what: string, found: readonly string[], expected: readonly string[]): void => {
  const lacking = found.filter((one) => !expected.includes(one))
  const idle = expected.filter((one) => !found.includes(one))
  if (lacking.length + idle.length > 0)
    throw new Error(
      `settings and ${what} differ: without, ${lacking.join(', ') || 'none'}; too many, ${idle.join(', ') || 'none'}`,
    )
}

const settingHead = ['Setting', 'Default', 'Value', 'What it is', 'Variable']

const formatSetting = ({ path, variable, schema }: Setting): readonly string[] => [
  `\`${path}\``,
  formatDefault(schema),
  formatKind(schema),
  settingWords[path] ?? '',
  `\`${variable}\``,
]

const formatDefault = ({ default: value }: Schema): string => {
  if (value === undefined) return 'none'
  return value === '' ? 'empty' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

const formatKind = (schema: Schema): string => {
  if (schema.enum) return schema.enum.join(', ')
  if (schema.anyOf) return schema.anyOf.map(formatKind).join(', or ')
  if (schema.format === 'date-time') return 'a time, ISO-8601 with a zone'
  if (schema.format === 'uri') return 'URL'
  switch (schema.type) {
    case 'integer':
    case 'number':
      return formatRange(schema)
    case 'boolean':
      return 'true, false'
    case 'array':
      return schema.items === false
        ? 'two integers'
        : schema.items?.type === 'string'
          ? 'list of words'
          : 'list'
    case 'object':
      return 'table'
    default:
      return 'text'
  }
}

const formatRange = ({ type, minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): string => {
  const kind = type === 'integer' ? 'integer' : 'number'
  return maximum < Number.MAX_SAFE_INTEGER ? `${kind}, ${minimum} to ${maximum}` : `${kind} ≥ ${minimum}`
}

type RowWords = (typeof rowWords)[string]

/** What a row of a list, or an entry of a table, is made of. */
const formatRows = (schema: Schema, title: string, { at, words }: RowWords): string => {
  const row = at.reduce<Schema>((part, step) => stepInto(part, step), schema)
  const fields = Object.entries(row.properties ?? {})
  checkAgainst(
    `words of ${title}`,
    fields.map(([name]) => name),
    Object.keys(words),
  )
  const cells = fields.map(([name, field]) => [
    `\`${name}\``,
    formatDefault(field),
    formatKind(field),
    words[name] ?? '',
  ])
  return `## ${title}\n\n${formatTable(['Field', 'Default', 'Value', 'What it is'], cells)}`
}

/** `[]` goes into a list's items, `{}` into a table's entries, a name into that property. */
const stepInto = (schema: Schema, step: string): Schema => {
  const next =
    step === '[]' ? schema.items : step === '{}' ? schema.additionalProperties : schema.properties?.[step]
  if (!next) throw new Error(`the configuration has no ${step} there`)
  return next
}
