import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** One figure of the bench as results.json holds it. A bar of null: only measured. */
export type Result = {
  readonly id: string
  readonly ratio: number
  /** Least and greatest of the runs. */
  readonly spread: readonly [number, number]
  readonly bar: number | null
  readonly aim: number | null
  readonly unit: string
  readonly command: string
}

/** What a figure is held against: at least (`≥`) or at most (`≤`) the bar. */
export type Goal = {
  readonly id: string
  readonly bound: '≥' | '≤'
  readonly bar: number | null
  readonly aim: number | null
  readonly unit: string
}

const resultsFile = new URL('results.json', import.meta.url)

export const summarise = ({ id, bar, aim, unit }: Goal, values: readonly number[]): Result => ({
  id,
  ratio: round(medianOf(values)),
  spread: [round(Math.min(...values)), round(Math.max(...values))],
  bar,
  aim,
  unit,
  command: `npm run bench -- --only ${id}`,
})

export const medianOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] as number
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] as number)) / 2
}

/** Three significant digits: more would be noise. */
const round = (value: number): number => Number(value.toPrecision(3))

export const isReached = (result: Result, { bound }: Goal): boolean =>
  result.bar === null || (bound === '≥' ? result.ratio >= result.bar : result.ratio <= result.bar)

export const readResults = (): readonly Result[] =>
  existsSync(resultsFile) ? (JSON.parse(readFileSync(resultsFile, 'utf8')) as readonly Result[]) : []

/** Figures measured now replace those of the same id; the order is that of the goals. */
export const writeResults = (goals: readonly Goal[], measured: readonly Result[]): void => {
  const known = new Map([...readResults(), ...measured].map((result) => [result.id, result]))
  const ordered = goals.flatMap(({ id }) => known.get(id) ?? [])
  const lines = ordered.map((result) => `  ${JSON.stringify(result)}`)
  writeFileSync(resultsFile, `[\n${lines.join(',\n')}\n]\n`)
}

/** The table for people: the id in the first column. */
export const formatTable = (goals: readonly Goal[], results: readonly Result[]): string => {
  const rows = results.map((result) => rowOf(goals.find(({ id }) => id === result.id) as Goal, result))
  const head = ['id', 'ratio', 'spread', 'bar', 'aim', 'unit', 'command']
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const rowOf = (goal: Goal, result: Result): readonly string[] => [
  result.id,
  `${result.ratio} ${isReached(result, goal) ? '✓' : '✗'}`,
  result.spread.join('–'),
  result.bar === null ? '' : `${goal.bound} ${result.bar}`,
  result.aim === null ? '' : String(result.aim),
  result.unit,
  result.command,
]
