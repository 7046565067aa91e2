import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createInstruments } from '../../src/health/instruments.ts'
import { madeStatus } from './made-status.ts'

const page = readFileSync('docs/operations.md', 'utf8')

const printed = async (): Promise<string> => {
  const { print } = createInstruments({ buildId: 'b1', now: () => 0 })
  return print({ status: madeStatus(), isReady: true })
}

/** Name → help, of all that is exported. */
const exported = async (): Promise<ReadonlyMap<string, string>> =>
  new Map(
    [...(await printed()).matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name = '', help = '']) => [name, help]),
  )

/** Name → labels, of the page's table. */
const explained = new Map(
  [...page.matchAll(/^\| `(floorwatch_\w+)` \| ([\w, ]*?) ?\|/gm)].map(([, name = '', labels = '']) => [
    name,
    labels.split(', ').filter((label) => label !== ''),
  ]),
)

describe('docs/operations.md', () => {
  test('explains every metric that is exported, and no other', async () => {
    const names = [...(await exported()).keys()]
    expect([...explained.keys()].sort()).toEqual(
      names.filter((name) => name.startsWith('floorwatch_')).sort(),
    )
    const ofProcess = new Set([...page.matchAll(/`((?:process|nodejs)_\w+)`/g)].map(([, name]) => name))
    // Of what a platform does not tell there is no metric: file descriptors are Linux's.
    expect(names.filter((name) => !name.startsWith('floorwatch_') && !ofProcess.has(name))).toEqual([])
  })

  test('names the labels that the samples have; none is a queue, a team or an agent', async () => {
    const found = new Map<string, Set<string>>()
    for (const [, name = '', labels = ''] of (await printed()).matchAll(
      /^(floorwatch_\w+?)(?:_bucket)?\{(.+?)\}/gm,
    ))
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g))
        if (label !== 'le') found.set(name, (found.get(name) ?? new Set()).add(label))
    for (const [name, labels] of explained)
      expect([...(found.get(name) ?? [])].sort(), name).toEqual(labels.toSorted())
  })

  test('says what every reason, outcome and part means', async () => {
    const values = [...(await printed()).matchAll(/^floorwatch_.*?(?:reason|outcome|part)="([^"]+)"/gm)]
    const unexplained = new Set(
      values.map(([, value]) => value).filter((value) => !page.includes(`\`${value}\``)),
    )
    expect(values.length).toBeGreaterThan(15)
    expect([...unexplained]).toEqual([])
  })

  test('alerts on what is exported', async () => {
    const source = /```yaml\n(groups:[\s\S]+?)```/.exec(page)?.[1] ?? ''
    const { groups } = parse(source) as { groups: { rules: { alert: string; expr: string }[] }[] }
    const rules = groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(5)
    const names = await exported()
    for (const { alert, expr } of rules) {
      const used = [...expr.matchAll(/floorwatch_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''))
      expect(used.length, alert).toBeGreaterThan(0)
      for (const name of used) expect(names.has(name), `${alert}: ${name}`).toBe(true)
    }
  })
})

test('every metric has a help that is a sentence', async () => {
  for (const [name, help] of await exported())
    if (name.startsWith('floorwatch_')) expect(help, name).toMatch(/^[A-Z0-9].{15,}\.$/)
})
