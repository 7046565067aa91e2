import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generatedPages } from '../scripts/docs.ts'

const place = (path: string): URL => new URL(`../${path}`, import.meta.url)
const readPage = (path: string): string => readFileSync(place(path), 'utf8')
const findMissing = (path: string, pattern: RegExp): readonly string[] =>
  [...readPage(path).matchAll(pattern)]
    .map(([, file]) => file ?? '')
    .filter((file) => !existsSync(place(file)))

describe('generated pages', () => {
  test.each([...generatedPages()])('%s says what the code says (npm run docs)', (path, text) => {
    expect(readPage(path)).toBe(text)
  })
})

describe('written pages', () => {
  test.each(['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'])('%s points at what is there', (path) => {
    expect(findMissing(path, /\]\((?!https?:)([^)#]+)/g)).toEqual([])
  })

  test('the files that ARCHITECTURE.md names exist', () => {
    expect(findMissing('ARCHITECTURE.md', /`((?:src|test|scripts)\/[\w./-]+\.\w+)`/g)).toEqual([])
  })
})
