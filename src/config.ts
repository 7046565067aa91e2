import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { rulesOf } from './config-rules.ts'
import { type Config, configSchema } from './config-schema.ts'
import { describeIssue } from './core/issue-words.ts'
import { FloorwatchError } from './errors.ts'
import { publishPlansOf } from './publish-plans.ts'
import { topicNamesOf } from './topic-names.ts'

const prefix = 'FLOORWATCH_'
/** Variables of the tests' own servers and tools: not part of the configuration. */
const foreignPrefixes = ['FLOORWATCH_TEST_']

type Leaf = {
  readonly path: readonly [section: string, key: string] | readonly [section: string]
  readonly schema: z.ZodType
}

const toSnake = (name: string): string => name.replace(/[A-Z]/g, '_$&').toUpperCase()

const unwrap = (schema: z.ZodType): z.ZodType => {
  let inner: unknown = schema
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap()
  return inner as z.ZodType
}

/** Every value that the environment can set, by the variable's name. */
const leaves: ReadonlyMap<string, Leaf> = new Map(
  Object.entries(configSchema.shape).flatMap(([section, schema]): [string, Leaf][] => {
    const inner = unwrap(schema)
    if (!(inner instanceof z.ZodObject))
      return [[`${prefix}${toSnake(section)}`, { path: [section], schema: inner }]]
    return Object.entries(inner.shape as Record<string, z.ZodType>).map(([key, value]) => [
      `${prefix}${toSnake(section)}_${toSnake(key)}`,
      { path: [section, key], schema: unwrap(value) },
    ])
  }),
)

/** Names of all variables, for docs and for checks of what deployments set. */
export const environmentVariables = (): readonly string[] => [...leaves.keys()]

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The configuration: defaults, then the file (YAML), then the environment. All mistakes are reported together, each with
 * its path: throws `config-invalid`.
 */
export const loadConfig = (file?: string, environment: Environment = process.env): Config => {
  const mistakes: string[] = []
  const raw = file === undefined ? {} : readFile(file)
  overlayEnvironment(raw, environment, mistakes)
  const parsed = configSchema.safeParse(raw)
  if (!parsed.success) mistakes.push(...parsed.error.issues.flatMap((issue) => mistakesIn(issue, raw)))
  const sound = parsed.success ? parsed.data : soundPartOf(raw, parsed.error.issues)
  if (sound) mistakes.push(...findMistakes(sound))
  if (mistakes.length === 0 && parsed.success) return parsed.data
  const where = file === undefined ? 'the environment' : file
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
  throw new FloorwatchError(
    'config-invalid',
    `${where}: ${count}\n${mistakes.map((line) => `  ${line}`).join('\n')}`,
  )
}

/** Sections whose values others name: without one of them what names it would be told as a mistake too. */
const namedSections = ['time', 'serviceLevel', 'scopes', 'registry']

/** The sections without a mistake of their own, the others by default: what stands between values is told at once with the rest. */
const soundPartOf = (
  raw: Readonly<Record<string, unknown>>,
  issues: readonly { readonly path: readonly PropertyKey[] }[],
): Config | undefined => {
  const unsound = new Set(issues.map(({ path }) => path[0]))
  if (namedSections.some((name) => unsound.has(name))) return undefined
  const kept = Object.entries(raw).filter(([name]) => name in configSchema.shape && !unsound.has(name))
  return configSchema.safeParse(Object.fromEntries(kept)).data
}

/** Mistakes between values, each with its path. */
const findMistakes = (config: Config): readonly string[] => [
  ...rulesOf(config).mistakes,
  ...mistakesOf(() => publishPlansOf(config)),
  ...mistakesOf(() => topicNamesOf(config.kafka)),
  ...findKafkaMistakes(config),
]

const findKafkaMistakes = ({ kafka, registry }: Config): readonly string[] => [
  ...(kafka.snapshotFormat === 'avro' && registry.url === undefined
    ? ['kafka.snapshotFormat: avro needs a schema registry; set registry.url']
    : []),
  ...(kafka.password !== undefined && kafka.username === undefined
    ? ['kafka.username: must stand together with the password']
    : []),
  ...(kafka.username !== undefined && kafka.password === undefined
    ? ['kafka.password: must stand together with the username']
    : []),
]

const mistakesOf = (make: () => unknown): readonly string[] => {
  try {
    make()
    return []
  } catch (error) {
    if (error instanceof FloorwatchError && error.code === 'config-invalid') return error.message.split('\n')
    throw error
  }
}

const readFile = (file: string): Record<string, unknown> => {
  const raw: unknown = parseFile(file)
  if (raw === null || raw === undefined) return {}
  if (typeof raw !== 'object' || Array.isArray(raw))
    throw new FloorwatchError('config-invalid', `${file}: must hold sections, such as kafka: and redis:`)
  return raw as Record<string, unknown>
}

const parseFile = (file: string): unknown => {
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    throw new FloorwatchError(
      'config-invalid',
      `${file}: cannot be read: check the path given to --config`,
      error,
    )
  }
  try {
    return parseYaml(source)
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split('\n')
    throw new FloorwatchError('config-invalid', `${file}: is no YAML: ${line}`, error)
  }
}

const overlayEnvironment = (
  raw: Record<string, unknown>,
  environment: Environment,
  mistakes: string[],
): void => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith(prefix)) continue
    if (foreignPrefixes.some((foreign) => name.startsWith(foreign))) continue
    const isFile = !leaves.has(name) && name.endsWith('_FILE')
    const leaf = leaves.get(isFile ? name.slice(0, -'_FILE'.length) : name)
    if (!leaf) {
      mistakes.push(`${name}: ${noSetting}`)
      continue
    }
    const text = isFile ? readSecret(name, value, mistakes) : value
    const parsed = text === undefined ? undefined : readValue(leaf.schema, text)
    if (parsed !== undefined) setPath(raw, leaf.path, parsed)
  }
}

const readSecret = (name: string, file: string, mistakes: string[]): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch {
    mistakes.push(`${name}: the file ${file} cannot be read; check the path and its permissions`)
    return undefined
  }
}

const setPath = (raw: Record<string, unknown>, path: Leaf['path'], value: unknown): void => {
  const [section, key] = path
  if (key === undefined) {
    raw[section] = value
    return
  }
  const known = raw[section]
  raw[section] = { ...(typeof known === 'object' && known !== null ? known : {}), [key]: value }
}

/** A number, a switch, a list of plain words parted by commas, or a table as JSON; else the text as it is. */
const readValue = (schema: z.ZodType, text: string): unknown => {
  if (schema instanceof z.ZodNumber)
    return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
  if (schema instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return text
  if (/^\s*[[{]/.test(text)) return parseJson(text)
  if (schema instanceof z.ZodArray) return text.split(',').map((word) => word.trim())
  return text
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const noSetting = 'is no setting; docs/configuration.md names them all'

const mistakesIn = (issue: z.core.$ZodIssue, raw: unknown): readonly string[] => {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${path === '' ? key : `${path}.${key}`}: ${noSetting}`)
  return [`${path}: ${describeIssue(issue, raw)}`]
}
