import { FloorwatchError } from '../errors.ts'
import type { Generation, GenerationName, GenerationStore } from '../ports.ts'
import type { Comparison } from '../rebuild-compare.ts'
import type { RebuildSession } from '../rebuild-session.ts'
import { parseInstant } from './arguments.ts'
import { formatComparison } from './rebuild-table.ts'
import { alignRows } from './snapshot-table.ts'

export type RebuildFlags = {
  readonly id?: string
  readonly from?: string
  readonly swap?: boolean
  readonly dropOld?: boolean
  readonly reshard?: boolean
  readonly json?: boolean
}

export type RebuildIo = {
  readonly generations: GenerationStore
  readonly open: (request: OpenRequest) => Promise<RebuildSession>
  readonly nowMs: () => number
  readonly print: (text: string) => void
  /** What is told besides the result. */
  readonly note: (text: string) => void
  /** Asks a person; undefined where nobody is there to answer. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined
}

export type OpenRequest = {
  readonly name: GenerationName
  readonly isResumed: boolean
  readonly fromMs: number | null
  readonly reshards: boolean | undefined
}

/** A rebuild that was heard of more lately than this is at work. */
const atWorkMs = 30_000
const differsCode = 3

/**
 * Counts the state anew beside the live one, compares, and makes it live where told to. Returns the exit code: 0, or 3
 * where the two differ and nothing was swapped.
 */
export const rebuildState = async (flags: RebuildFlags, io: RebuildIo): Promise<number> => {
  const session = await io.open(await requestOf(flags, io))
  try {
    const { generation } = session
    io.note(describeBeginning(session))
    const comparison = await session.compare()
    warnOfMissing(session, io)
    if (comparison && !flags.json) io.print(formatComparison(comparison))
    if (comparison && flags.json) printDifferences(comparison, io)
    if (!comparison) io.note('not compared: there is no live state that stands at a place of this log')
    const isSwapped = await swapWhereWanted(session, flags, io)
    if (isSwapped && flags.dropOld) await dropOld(session, io)
    if (flags.json) io.print(`${JSON.stringify(resultOf(generation, comparison, isSwapped))}\n`)
    else if (!isSwapped)
      io.print(`nothing was swapped; make it live: floorwatch rebuild --id ${generation.name} --swap\n`)
    return isSwapped || !comparison?.differences.length ? 0 : differsCode
  } finally {
    await session.close()
  }
}

const requestOf = async (flags: RebuildFlags, io: RebuildIo): Promise<OpenRequest> => {
  if (flags.dropOld && !flags.swap)
    throw new FloorwatchError('usage-invalid', '--drop-old: is for a swap; add --swap')
  const fromMs = flags.from === undefined ? null : parseInstant('--from', flags.from)
  const reshards = flags.reshard
  if (flags.id === undefined) return { name: nameAt(io.nowMs()), isResumed: false, fromMs, reshards }
  const { id } = flags
  const known = await findGeneration(io, id)
  if ((await io.generations.live()).name === id)
    throw new FloorwatchError('usage-invalid', `${id}: is live already`)
  if (flags.from !== undefined && fromMs !== known.fromMs)
    throw new FloorwatchError(
      'usage-invalid',
      `--from: ${id} was begun elsewhere; leave it out, or begin anew`,
    )
  return { name: id, isResumed: true, fromMs: known.fromMs, reshards: known.isResharded }
}

/** Sorts by when it was begun. */
const nameAt = (nowMs: number): GenerationName => new Date(nowMs).toISOString().replace(/[-:.Z]/g, '')

const findGeneration = async ({ generations }: RebuildIo, id: string): Promise<Generation> => {
  const all = await generations.list()
  const found = all.find(({ name }) => name === id)
  if (found) return found
  const names = all.map(({ name }) => name).join(', ') || 'none'
  throw new FloorwatchError('usage-invalid', `'${id}' is no rebuild; there are: ${names}`)
}

const describeBeginning = ({ generation, liveName }: RebuildSession): string => {
  const { name, fromMs, isResharded } = generation
  const from = fromMs === null ? 'the beginning of the log' : new Date(fromMs).toISOString()
  const resharded = isResharded ? ', each record to the shard of its key' : ''
  return `rebuild ${name} beside ${nameForPeople(liveName)}, from ${from}${resharded}`
}

const nameForPeople = (name: GenerationName): string => (name === '' ? firstName : name)

/** What the first state is called, which has no name. */
const firstName = 'first'

const warnOfMissing = (session: RebuildSession, { note }: RebuildIo): void => {
  const fromMs = session.completeFromMs()
  if (fromMs === null) return
  const at = new Date(fromMs).toISOString()
  note(`the log no longer holds all that came before ${at}: the rebuilt state begins there, and says so`)
}

const printDifferences = ({ differences }: Comparison, { print }: RebuildIo): void => {
  for (const difference of differences) print(`${JSON.stringify(difference)}\n`)
}

const resultOf = ({ name }: Generation, comparison: Comparison | undefined, isSwapped: boolean) => ({
  id: name,
  comparedAt: comparison ? new Date(comparison.asOfMs).toISOString() : null,
  values: comparison?.valueCount ?? 0,
  differences: comparison?.differences.length ?? 0,
  swapped: isSwapped,
})

const swapWhereWanted = async (
  session: RebuildSession,
  flags: RebuildFlags,
  io: RebuildIo,
): Promise<boolean> => {
  const isWanted = flags.swap || (!flags.json && (await io.ask?.('make it live?')) === true)
  if (!isWanted) return false
  await session.swap()
  io.note(
    `${session.generation.name} is live; what was counted before is kept as ${nameForPeople(session.liveName)}`,
  )
  return true
}

const dropOld = async ({ liveName }: RebuildSession, { generations, note }: RebuildIo): Promise<void> => {
  await generations.drop(liveName)
  note(`dropped ${nameForPeople(liveName)}`)
}

/** Every state there is: the live one, those before it, rebuilds at work or left lying. */
export const listRebuilds = async (
  { generations, nowMs, print }: RebuildIo,
  isJson: boolean,
): Promise<number> => {
  const live = await generations.live()
  const all = await generations.list()
  const hasFirst = (await generations.readIdentity('')) !== null
  const known = all.map(({ name, begunMs, fromMs, seenMs }) => ({
    id: name,
    state: stateOf({ name, seenMs }, live, nowMs()),
    begunAt: new Date(begunMs).toISOString(),
    fromAt: fromMs === null ? null : new Date(fromMs).toISOString(),
  }))
  const first = { id: firstName, state: live.name === '' ? 'live' : 'former', begunAt: null, fromAt: null }
  const rows = hasFirst ? [first, ...known] : known
  if (isJson) print(`${JSON.stringify(rows, null, 2)}\n`)
  else if (rows.length === 0) print('no state, and no rebuild\n')
  else
    print(
      `${alignRows(
        rows.map(({ id, state, begunAt }) => [id, state, begunAt ?? '']),
        [],
      )}\n`,
    )
  return 0
}

type Live = Awaited<ReturnType<GenerationStore['live']>>

const stateOf = (
  { name, seenMs }: Pick<Generation, 'name' | 'seenMs'>,
  live: Live,
  nowMs: number,
): string => {
  if (name === live.name) return 'live'
  if (name === live.former) return 'former'
  return nowMs - seenMs < atWorkMs ? 'at work' : 'left'
}

/** Deletes a state that is not live. */
export const dropRebuild = async (id: string, io: RebuildIo): Promise<number> => {
  const { generations, nowMs, print } = io
  const name = id === firstName ? '' : (await findGeneration(io, id)).name
  const live = await generations.live()
  if (live.name === name)
    throw new FloorwatchError('usage-invalid', `${id}: is live, and the service needs it`)
  const seenMs = (await generations.list()).find((one) => one.name === name)?.seenMs ?? 0
  if (stateOf({ name, seenMs }, live, nowMs()) === 'at work')
    throw new FloorwatchError(
      'usage-invalid',
      `${id}: is being made; end that rebuild first, or wait half a minute`,
    )
  await generations.drop(name)
  print(`dropped ${id}\n`)
  return 0
}
