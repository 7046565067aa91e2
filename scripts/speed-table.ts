import { readFileSync } from 'node:fs'
import { goals } from '../bench/goals.ts'
import { isReached, type Result, readResults } from '../bench/results.ts'
import { formatTable } from './page-table.ts'

const begin = '<!-- Written by `npm run docs` from bench/results.json. -->'
const end = '<!-- End of what is written. -->'

/** README.md with the figures that stand in bench/results.json. */
export const formatReadme = (): string => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [before, rest = ''] = readme.split(begin)
  const after = rest.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`README.md lacks "${begin}" or "${end}"`)
  return `${before}${begin}\n\n${formatTable(head, readResults().map(rowOf))}\n\n${end}${after}`
}

const head = ['id', 'what', 'measured', 'spread', 'bar', 'aim']

const rowOf = (result: Result): readonly string[] => {
  const goal = goals.find(({ id }) => id === result.id)
  if (!goal) throw new Error(`bench/results.json holds ${result.id}, which nothing measures`)
  const { id, unit, ratio, spread, bar, aim } = result
  const said = bar === null ? '' : `${goal.bound} ${bar} ${isReached(result, goal) ? '✓' : '✗'}`
  return [`\`${id}\``, unit, String(ratio), spread.join(' – '), said, aim === null ? '' : String(aim)]
}
