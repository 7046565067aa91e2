import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../docs/guarantees.md', import.meta.url), 'utf8')

/** The last cell of each row: `file`: beginning of a title. */
const named = [...page.matchAll(/\| `(test\/[\w./-]+\.ts)`(?:: (.+?))? \|$/gm)].map(
  ([, file = '', title = '']) => ({ file, title }),
)

test('each sentence of the page of guarantees names a test', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Setting'))
  const promises = rows.slice(rows.findIndex((line) => line.startsWith('| Promise')) + 1)
  const sentences = promises.filter((line) => !line.startsWith('| What |'))
  expect(named).toHaveLength(sentences.length)
  expect(named.length).toBeGreaterThan(30)
})

test.each(named)('$file has a test that begins "$title"', ({ file, title }) => {
  expect(existsSync(file)).toBe(true)
  expect(readFileSync(file, 'utf8')).toContain(title)
})
