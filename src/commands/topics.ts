import { parseDuration, parseNumber } from './arguments.ts'
import { type CheckLine, codeOfChecks, formatChecks } from './check-lines.ts'

export type PlannedTopic = {
  readonly name: string
  readonly purpose: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

export type TopicSizes = {
  readonly inputPartitions: number
  readonly outputPartitions: number
  readonly replicationFactor: number
  readonly inputRetentionMs: number
  readonly intervalsRetentionMs: number
  readonly deadLettersRetentionMs: number
}

export type TopicState = {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/** What the commands need of the outside. `check` answers one finding a plan, in the same order. */
export type TopicsIo<Plan extends PlannedTopic> = {
  readonly plan: (sizes: TopicSizes) => readonly Plan[]
  readonly describe: (names: readonly string[]) => Promise<readonly TopicState[]>
  readonly check: (
    plans: readonly Plan[],
  ) => Promise<readonly { readonly name: string; readonly problems: readonly string[] }[]>
  /** Answers with the names it made. */
  readonly create: (plans: readonly Plan[]) => Promise<readonly string[]>
  readonly print: (text: string) => void
}

export type CreateFlags = {
  readonly partitions?: string
  readonly outputPartitions: string
  readonly replicationFactor?: string
  readonly retention: string
  readonly json?: boolean
}

const dayMs = 86_400_000
const partitionsDefault = 6
const partitionsMax = 10_000

const sizesDefault: TopicSizes = {
  inputPartitions: partitionsDefault,
  outputPartitions: 1,
  replicationFactor: -1,
  inputRetentionMs: 30 * dayMs,
  intervalsRetentionMs: -1,
  deadLettersRetentionMs: 14 * dayMs,
}

/** What each topic is for, and how it stands. */
export const listTopics = async <Plan extends PlannedTopic>(
  io: TopicsIo<Plan>,
  isJson: boolean,
): Promise<void> => {
  const plans = io.plan(sizesDefault)
  const states = new Map(
    (await io.describe(plans.map(({ name }) => name))).map((state) => [state.name, state]),
  )
  const rows = plans.map(({ name, purpose }) => ({
    name,
    purpose,
    partitions: states.get(name)?.partitions ?? null,
    config: states.get(name)?.config ?? {},
  }))
  if (isJson) return io.print(`${JSON.stringify(rows, null, 2)}\n`)
  const width = Math.max(...rows.map(({ name }) => name.length))
  for (const { name, purpose, partitions, config } of rows) {
    const found =
      partitions === null
        ? 'missing'
        : `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, cleanup.policy ${config['cleanup.policy'] ?? 'not told'}`
    io.print(`${name.padEnd(width)}  ${purpose.padEnd('dead letters'.length)}  ${found}\n`)
  }
}

/** One line a topic; exit code 1 where one is missing or wrong. */
export const checkTopicsNow = async <Plan extends PlannedTopic>(
  io: TopicsIo<Plan>,
  isJson: boolean,
): Promise<number> => {
  const lines = await findTopicLines(io)
  io.print(formatChecks(lines, isJson))
  return codeOfChecks(lines)
}

/** The same lines for `doctor`. */
export const findTopicLines = async <Plan extends PlannedTopic>(
  io: Pick<TopicsIo<Plan>, 'plan' | 'check'>,
): Promise<readonly CheckLine[]> => {
  const plans = io.plan(sizesDefault)
  const findings = await io.check(plans)
  return findings.map(({ name, problems }, index) => {
    const purpose = plans[index]?.purpose ?? ''
    if (problems.length === 0) return { name: `topic ${name}`, ok: true, detail: purpose, fix: null }
    return { name: `topic ${name}`, ok: false, ...splitProblem(problems) }
  })
}

/** A problem reads `what is wrong: what to do`. */
const splitProblem = (
  problems: readonly string[],
): { readonly detail: string; readonly fix: string | null } => {
  const parts = problems.map((problem) => {
    const [what = '', ...fix] = problem.split(': ')
    return { what, fix: fix.join(': ') }
  })
  const fix = parts
    .map((part) => part.fix)
    .filter((text) => text !== '')
    .join('; ')
  return { detail: parts.map(({ what }) => what).join('; '), fix: fix === '' ? null : fix }
}

/**
 * Creates what is missing; what exists is left alone. Input topics get as many partitions as those that exist already have.
 * Throws `kafka-partitions-differ` where that cannot be.
 */
export const createMissingTopics = async <Plan extends PlannedTopic>(
  io: TopicsIo<Plan>,
  flags: CreateFlags,
): Promise<void> => {
  const inputPartitions =
    flags.partitions === undefined
      ? await standingPartitions(io)
      : parseNumber('--partitions', flags.partitions, { min: 1, max: partitionsMax })
  const { replicationFactor, outputPartitions, retention } = flags
  const plans = io.plan({
    ...sizesDefault,
    inputPartitions,
    outputPartitions: parseNumber('--output-partitions', outputPartitions, { min: 1, max: partitionsMax }),
    inputRetentionMs: parseDuration('--retention', retention),
    ...(replicationFactor === undefined
      ? {}
      : { replicationFactor: parseNumber('--replication-factor', replicationFactor, { min: 1, max: 100 }) }),
  })
  const created = new Set(await io.create(plans))
  const rows = plans.map(({ name, partitions }) => ({ name, created: created.has(name), partitions }))
  if (flags.json) return io.print(`${JSON.stringify(rows, null, 2)}\n`)
  for (const { name, partitions } of rows) {
    const detail = created.has(name)
      ? `created, ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`
      : 'exists'
    io.print(`${name}: ${detail}\n`)
  }
}

const standingPartitions = async <Plan extends PlannedTopic>(io: TopicsIo<Plan>): Promise<number> => {
  const inputs = io.plan(sizesDefault).filter(({ purpose }) => purpose === 'input')
  const [state] = await io.describe(inputs.map(({ name }) => name))
  return state?.partitions ?? partitionsDefault
}
