import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../docs/hazards.md', import.meta.url), 'utf8')

/** Number, defence, and the test: `file`: beginning of a title. */
const rows = [...page.matchAll(/^\| ([KRSF]\d+) \| .+? \| (.+) \| `(test\/[\w./-]+\.ts)`: (.+) \|$/gm)].map(
  ([, hazard = '', defence = '', file = '', title = '']) => ({ hazard, defence, file, title }),
)

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)

/** There are no alerts yet, whose fault it is. */
const untested = 'F16'

test('each known hazard of the clients and each fault has its row', () => {
  expect(rows.map(({ hazard }) => hazard)).toEqual([
    ...numbered('K', 17),
    ...numbered('R', 13),
    ...numbered('S', 13),
    ...numbered('F', 20).filter((fault) => fault !== untested),
  ])
})

test.each(rows)('$hazard has a test that names it', ({ hazard, file, title }) => {
  expect(title.split(':')[0]?.split(/,? /)).toContain(hazard)
  expect(readFileSync(file, 'utf8')).toContain(`'${title}`)
})

test('the fault that has no test yet says so', () => {
  expect(page).toMatch(/^\| F16 \| .+: nothing to test \| – \|$/m)
})

test.each(rows)('what the row of $hazard names is there', ({ defence }) => {
  for (const [, path = ''] of defence.matchAll(/`((?:src|test)\/[^`]+)`/g))
    expect([path, existsSync(path)]).toEqual([path, true])
})
