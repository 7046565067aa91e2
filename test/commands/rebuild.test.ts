import { expect, test } from 'vitest'
import {
  dropRebuild,
  listRebuilds,
  type RebuildFlags,
  type RebuildIo,
  rebuildState,
} from '../../src/commands/rebuild.ts'
import { createProgressLine } from '../../src/commands/rebuild-progress-line.ts'
import type { Generation } from '../../src/ports.ts'
import type { Comparison } from '../../src/rebuild-compare.ts'
import { createMemoryGenerations } from '../support/generations.ts'

const nowMs = Date.UTC(2026, 2, 2, 9)
const difference = {
  tenantId: 'acme',
  scope: { queueId: 'billing' },
  window: 'total',
  metric: 'serviceLevel',
  unit: 'ratio',
  running: { value: 0.5, n: 8 },
  rebuilt: { value: 0.75, n: 8 },
}
const compared: Comparison = { asOfMs: nowMs, scopeCount: 2, valueCount: 300, differences: [difference] }
const alike: Comparison = { ...compared, differences: [] }

const generation = (name: string, seenMs = 0): Generation => ({
  name,
  identity: '{"partitions":2}',
  fingerprint: 'f',
  fromMs: null,
  completeFromMs: null,
  isResharded: false,
  begunMs: nowMs,
  seenMs,
})

const openIo = (comparison: Comparison | undefined = compared) => {
  const memory = createMemoryGenerations()
  const [printed, noted, swapped]: string[][] = [[], [], []]
  const io: RebuildIo = {
    generations: memory.generations,
    open: async ({ name }) => ({
      generation: generation(name),
      liveName: '',
      compare: async () => comparison,
      swap: async () => {
        swapped?.push(name)
        await memory.generations.swap({ from: '', to: name })
      },
      completeFromMs: () => null,
      close: async () => {},
    }),
    nowMs: () => nowMs,
    print: (text) => void printed?.push(text),
    note: (text) => void noted?.push(text),
  }
  return {
    io,
    memory,
    printed: () => printed?.join('') ?? '',
    noted: () => noted?.join('\n') ?? '',
    swapped: swapped ?? [],
  }
}

test('differences end with 3 and the command that swaps; none end with 0', async () => {
  const differing = openIo()
  expect(await rebuildState({}, differing.io)).toBe(3)
  expect(differing.printed()).toMatch(
    /acme\s+queueId=billing\s+total\s+serviceLevel\s+0.500000 \(n 8\)\s+0.750000 \(n 8\)\s+\+0.250000/,
  )
  expect(differing.printed()).toContain('make it live: floorwatch rebuild --id 20260302T090000000 --swap')
  expect(await rebuildState({}, openIo(alike).io)).toBe(0)
  expect(differing.swapped).toEqual([])
})

test('with --swap it goes live and ends with 0; the state before is kept, or dropped where told to', async () => {
  const kept = openIo()
  expect(await rebuildState({ swap: true }, kept.io)).toBe(0)
  expect(kept.swapped).toEqual(['20260302T090000000'])
  expect(kept.noted()).toContain('kept as first')
  const dropped = openIo()
  await rebuildState({ swap: true, dropOld: true }, dropped.io)
  expect(dropped.noted()).toContain('dropped first')
})

test('on a terminal it asks, and only yes swaps', async () => {
  for (const answer of [true, false]) {
    const { io, swapped } = openIo()
    await rebuildState({}, { ...io, ask: async () => answer })
    expect(swapped.length).toBe(answer ? 1 : 0)
  }
})

test('as NDJSON there is a line for each difference, and a last one that sums up', async () => {
  const { io, printed } = openIo()
  await rebuildState({ json: true }, io)
  const lines = printed()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toEqual([
    difference,
    {
      id: '20260302T090000000',
      comparedAt: '2026-03-02T09:00:00.000Z',
      values: 300,
      differences: 1,
      swapped: false,
    },
  ])
})

test('an unknown id, a live one, a bad time and --drop-old without a swap are wrong calls', async () => {
  const { io, memory } = openIo()
  await memory.generations.put(generation('a'))
  await memory.generations.swap({ from: '', to: 'a' })
  const wrong: readonly (readonly [RebuildFlags, string])[] = [
    [{ id: 'b' }, "'b' is no rebuild; there are: a"],
    [{ id: 'a' }, 'is live already'],
    [{ from: 'yesterday' }, '--from'],
    [{ dropOld: true }, 'add --swap'],
  ]
  for (const [flags, message] of wrong)
    await expect(rebuildState(flags, io)).rejects.toMatchObject({
      code: 'usage-invalid',
      message: expect.stringContaining(message),
    })
})

test('what lies about is listed, and dropped unless it is live or at work', async () => {
  const { io, memory, printed } = openIo()
  const { generations } = memory
  await (await memory.open('')).checkIdentity('{"partitions":2}')
  for (const one of [generation('a'), generation('b'), generation('c', nowMs)]) await generations.put(one)
  await generations.swap({ from: '', to: 'a' })
  await listRebuilds(io, true)
  const states = (JSON.parse(printed()) as { id: string; state: string }[]).map(({ id, state }) => [
    id,
    state,
  ])
  expect(states).toEqual([
    ['first', 'former'],
    ['a', 'live'],
    ['b', 'left'],
    ['c', 'at work'],
  ])
  await expect(dropRebuild('a', io)).rejects.toMatchObject({ code: 'usage-invalid' })
  await expect(dropRebuild('c', io)).rejects.toMatchObject({ code: 'usage-invalid' })
  await expect(dropRebuild('d', io)).rejects.toMatchObject({ code: 'usage-invalid' })
  expect(await dropRebuild('b', io)).toBe(0)
  expect((await generations.list()).map(({ name }) => name)).toEqual(['a', 'c'])
})

test('progress is a line every ten seconds where no terminal is', () => {
  let atMs = 0
  const written: string[] = []
  const line = createProgressLine({ write: (text) => written.push(text) }, () => atMs)
  const progress = { phase: 'counting', readCount: 1, wantedCount: 4, eventAtMs: nowMs } as const
  for (; atMs <= 20_000; atMs += 1_000) line.show({ ...progress, recordCount: atMs + 1_000 })
  line.end()
  expect(written).toEqual([
    'counting to where the live state stands: 25 %, 11000 records, up to 2026-03-02T09:00:00.000Z, 1000/s\n',
    'counting to where the live state stands: 25 %, 21000 records, up to 2026-03-02T09:00:00.000Z, 1000/s\n',
  ])
})
