import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../docs/hazards.md', import.meta.url), 'utf8')

/** Number, defence, and the test: `file`: beginning of a title. */
const rows = [...page.matchAll(/^\| ([KRS]\d+) \| .+? \| (.+) \| `(test\/[\w./-]+\.ts)`: (.+) \|$/gm)].map(
  ([, hazard = '', defence = '', file = '', title = '']) => ({ hazard, defence, file, title }),
)

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)

test('each known hazard of the clients has its row', () => {
  expect(rows.map(({ hazard }) => hazard)).toEqual([
    ...numbered('K', 17),
    ...numbered('R', 13),
    ...numbered('S', 13),
  ])
})

test.each(rows)('$hazard has a test that names it', ({ hazard, file, title }) => {
  expect(title.split(':')[0]?.split(/,? /)).toContain(hazard)
  expect(readFileSync(file, 'utf8')).toContain(`'${title}`)
})

test.each(rows)('the defence against $hazard lies where its row says', ({ defence }) => {
  for (const [, path = ''] of defence.matchAll(/`(src\/[^`]+)`/g))
    expect([path, existsSync(path)]).toEqual([path, true])
})
