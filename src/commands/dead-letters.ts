import { FloorwatchError } from '../errors.ts'
import { parseNumber } from './arguments.ts'
import { printable } from './printable.ts'

/** A refused record as it lies in the dead-letter topic. */
export type Letter = {
  /** `topic-partition-offset` of the refused record. */
  readonly id: string
  readonly origin: { readonly topicName: string; readonly partition: number; readonly offset: bigint }
  readonly reason: string
  readonly detail: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Length of the whole value in bytes where only its beginning was kept. */
  readonly truncatedFrom: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly refusedAtMs: number
}

export type DeadLettersIo = {
  /** Calls `visit` with every letter that lies in the topic now. */
  readonly read: (visit: (letter: Letter) => void) => Promise<void>
  /** Whether records can be sent to a topic of that name. */
  readonly isInput: (topicName: string) => boolean
  /** Each to the topic it came from, original key and bytes. */
  readonly resend: (letters: readonly Letter[]) => Promise<void>
  readonly print: (text: string) => void
}

export type LetterFilter = { readonly reason?: string; readonly key?: string }
export type ListFlags = LetterFilter & { readonly limit: string; readonly json?: boolean }
export type RetryFlags = LetterFilter & { readonly all?: boolean; readonly json?: boolean }

const listMax = 1_000_000
/** Sum of the values held for one `retry`. */
const retryBytesMax = 256 * 1024 * 1024

/** The newest letters and, for people, how many there are of each reason. */
export const listLetters = async (io: DeadLettersIo, flags: ListFlags): Promise<void> => {
  const limit = parseNumber('--limit', flags.limit, { min: 1, max: listMax })
  const newest: LetterHead[] = []
  const counts = new Map<string, number>()
  await readOnce(io, flags, (letter) => {
    counts.set(letter.reason, (counts.get(letter.reason) ?? 0) + 1)
    newest.push(headOf(letter))
    if (newest.length >= 2 * limit) dropOldest(newest, limit)
  })
  dropOldest(newest, limit)
  for (const head of newest) io.print(flags.json ? `${JSON.stringify(head)}\n` : formatHead(head))
  if (!flags.json) io.print(formatCounts(counts))
}

/** Everything of one letter. Throws `usage-invalid` where there is none of that id. */
export const showLetter = async (io: DeadLettersIo, id: string, isJson: boolean): Promise<void> => {
  let found: Letter | undefined
  await readOnce(io, {}, (letter) => {
    if (letter.id === id) found = letter
  })
  if (!found) throw unknownLetter([id])
  const { headers, truncatedFrom, value } = found
  const shown = {
    ...headOf(found),
    headers,
    ...(truncatedFrom === undefined ? {} : { truncatedFrom }),
    value: textOf(value),
  }
  if (isJson) return io.print(`${JSON.stringify(shown, null, 2)}\n`)
  for (const [name, text] of Object.entries(shown))
    io.print(`${name.padEnd(13)} ${printableLines(typeof text === 'string' ? text : JSON.stringify(text))}\n`)
}

/** Sends letters again. Returns the exit code: 1 where one of those chosen could not be sent. */
export const retryLetters = async (
  io: DeadLettersIo,
  ids: readonly string[],
  flags: RetryFlags,
): Promise<number> => {
  const isChosen = ids.length > 0 || flags.reason !== undefined || flags.key !== undefined
  if (!isChosen && !flags.all)
    throw new FloorwatchError('usage-invalid', 'name letters by id, --reason or --key, or say --all')
  const chosen = await chooseLetters(io, ids, flags)
  const unknown = ids.filter((id) => !chosen.some((letter) => letter.id === id))
  if (unknown.length > 0) throw unknownLetter(unknown)
  const outcomes = chosen.map((letter) => ({ letter, problem: findProblem(io, letter) }))
  const sendable = outcomes.flatMap(({ letter, problem }) => (problem === null ? [letter] : []))
  await io.resend(sendable)
  for (const { letter, problem } of outcomes) {
    if (flags.json) io.print(`${JSON.stringify({ id: letter.id, sent: problem === null, problem })}\n`)
    else if (problem !== null) io.print(`${letter.id}: not sent: ${problem}\n`)
  }
  if (!flags.json) io.print(`${sendable.length} of ${chosen.length} sent again\n`)
  return sendable.length === chosen.length ? 0 : 1
}

/** Oldest first within a partition, as they lay in the log. */
const chooseLetters = async (
  io: DeadLettersIo,
  ids: readonly string[],
  filter: LetterFilter,
): Promise<readonly Letter[]> => {
  const chosen: Letter[] = []
  let bytes = 0
  await readOnce(io, filter, (letter) => {
    if (ids.length > 0 && !ids.includes(letter.id)) return
    bytes += letter.value?.length ?? 0
    if (bytes <= retryBytesMax) chosen.push(letter)
  })
  if (bytes > retryBytesMax)
    throw new FloorwatchError(
      'usage-invalid',
      `these letters hold ${bytes} bytes, more than the ${retryBytesMax} of one retry: choose fewer by --reason or --key`,
    )
  return chosen.sort((a, b) => compareOrigins(a.origin, b.origin))
}

const compareOrigins = (a: Letter['origin'], b: Letter['origin']): number => {
  if (a.topicName !== b.topicName) return a.topicName < b.topicName ? -1 : 1
  if (a.partition !== b.partition) return a.partition - b.partition
  return Number(a.offset - b.offset)
}

const findProblem = (io: DeadLettersIo, { origin, truncatedFrom }: Letter): string | null => {
  if (truncatedFrom !== undefined) return `only its beginning was kept, of ${truncatedFrom} bytes`
  if (!io.isInput(origin.topicName)) return `${origin.topicName} is no input topic of this configuration`
  return null
}

/** Letters are written at least once: each is visited once. */
const readOnce = async (
  io: DeadLettersIo,
  { reason, key }: LetterFilter,
  visit: (letter: Letter) => void,
): Promise<void> => {
  const seen = new Set<string>()
  await io.read((letter) => {
    if (reason !== undefined && letter.reason !== reason) return
    if (key !== undefined && textOf(letter.key) !== key) return
    if (seen.has(letter.id)) return
    seen.add(letter.id)
    visit(letter)
  })
}

const unknownLetter = (ids: readonly string[]): FloorwatchError =>
  new FloorwatchError(
    'usage-invalid',
    `no dead letter is called ${ids.join(', ')}; \`floorwatch dead-letters list\` names them (topic-partition-offset)`,
  )

type LetterHead = {
  readonly id: string
  readonly reason: string
  readonly detail: string
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly key: string | null
  readonly bytes: number
  readonly refusedAt: string
}

const headOf = ({
  id,
  reason,
  detail,
  origin,
  key,
  value,
  truncatedFrom,
  refusedAtMs,
}: Letter): LetterHead => ({
  id,
  reason,
  detail,
  topic: origin.topicName,
  partition: origin.partition,
  offset: origin.offset.toString(),
  key: textOf(key),
  bytes: truncatedFrom ?? value?.length ?? 0,
  refusedAt: new Date(refusedAtMs).toISOString(),
})

const dropOldest = (heads: LetterHead[], keep: number): void => {
  heads.sort((a, b) => (a.refusedAt < b.refusedAt ? -1 : a.refusedAt > b.refusedAt ? 1 : 0))
  heads.splice(0, heads.length - keep)
}

const formatHead = ({ id, reason, detail, key, refusedAt }: LetterHead): string =>
  `${refusedAt}  ${reason.padEnd('from-the-future'.length)}  ${printable(`${id}  key ${key ?? '–'}  ${detail}`)}\n`

/** A value may be a text of many lines. */
const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

const formatCounts = (counts: ReadonlyMap<string, number>): string => {
  if (counts.size === 0) return 'no dead letters\n'
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} ${reason}`)
  return `${parts.join(', ')}\n`
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Text where the bytes are UTF-8, else `base64:…`. */
const textOf = (bytes: Uint8Array | null): string | null => {
  if (bytes === null) return null
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return `base64:${Buffer.from(bytes).toString('base64')}`
  }
}
