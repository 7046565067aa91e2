import { describe, expect, test } from 'vitest'
import {
  type DeadLettersIo,
  type Letter,
  listLetters,
  retryLetters,
  showLetter,
} from '../../src/commands/dead-letters.ts'

const letterOf = (offset: number, changes: Partial<Letter> = {}): Letter => ({
  id: `tickets-0-${offset}`,
  origin: { topicName: 'tickets', partition: 0, offset: BigInt(offset) },
  reason: 'malformed',
  detail: 'the value is not JSON',
  key: Buffer.from('T-1'),
  value: Buffer.from('x'),
  truncatedFrom: undefined,
  headers: {},
  refusedAtMs: 1_000 * offset,
  ...changes,
})

function ioOf(letters: readonly Letter[]) {
  const printed: string[] = []
  const sent: Letter[] = []
  const io: DeadLettersIo = {
    read: async (visit) => letters.forEach(visit),
    isInput: (name) => name === 'tickets',
    resend: async (chosen) => {
      sent.push(...chosen)
    },
    print: (text) => {
      printed.push(text)
    },
  }
  return { io, printed, sent }
}

describe('list', () => {
  test('keeps the newest up to the limit, in order of time, and counts all', async () => {
    const letters = [9, 1, 8, 2, 7, 3].map((offset) => letterOf(offset))
    const { io, printed } = ioOf([...letters, letterOf(4, { reason: 'invalid' })])
    await listLetters(io, { limit: '2' })
    expect(printed).toEqual([
      expect.stringMatching(/^1970-01-01T00:00:08\.000Z {2}malformed +tickets-0-8 /),
      expect.stringMatching(/^1970-01-01T00:00:09\.000Z {2}malformed +tickets-0-9 /),
      '6 malformed, 1 invalid\n',
    ])
  })

  test('an empty topic is said to be so; as NDJSON it is nothing', async () => {
    const { io, printed } = ioOf([])
    await listLetters(io, { limit: '2' })
    await listLetters(io, { limit: '2', json: true })
    expect(printed).toEqual(['no dead letters\n'])
  })

  test('a limit that is none is refused', async () => {
    await expect(listLetters(ioOf([]).io, { limit: 'all' })).rejects.toThrow(
      "--limit: 'all' is no whole number",
    )
  })
})

test('show tells a value without text and a letter without key', async () => {
  const { io, printed } = ioOf([letterOf(1, { key: null, value: null })])
  await showLetter(io, 'tickets-0-1', true)
  expect(JSON.parse(printed.join(''))).toMatchObject({ key: null, value: null, bytes: 0 })
})

describe('retry', () => {
  test('sends those named, once each, in the order of their log', async () => {
    const { io, sent, printed } = ioOf([letterOf(10), letterOf(2), letterOf(2), letterOf(5)])
    expect(await retryLetters(io, ['tickets-0-10', 'tickets-0-2'], {})).toBe(0)
    expect(sent.map(({ id }) => id)).toEqual(['tickets-0-2', 'tickets-0-10'])
    expect(printed).toEqual(['2 of 2 sent again\n'])
  })

  test('by reason and key both must fit', async () => {
    const { io, sent } = ioOf([
      letterOf(1),
      letterOf(2, { reason: 'invalid' }),
      letterOf(3, { reason: 'invalid', key: Buffer.from('T-2') }),
    ])
    await retryLetters(io, [], { reason: 'invalid', key: 'T-2' })
    expect(sent.map(({ id }) => id)).toEqual(['tickets-0-3'])
  })

  test('an id that is none sends nothing', async () => {
    const { io, sent } = ioOf([letterOf(1)])
    await expect(retryLetters(io, ['tickets-0-1', 'other'], {})).rejects.toThrow(
      'no dead letter is called other',
    )
    expect(sent).toEqual([])
  })

  test('what cannot be sent is told as JSON too, and makes it a failure', async () => {
    const { io, sent, printed } = ioOf([letterOf(1), letterOf(2, { truncatedFrom: 2_000_000 })])
    expect(await retryLetters(io, [], { all: true, json: true })).toBe(1)
    expect(sent).toHaveLength(1)
    expect(printed.map((line) => JSON.parse(line))).toEqual([
      { id: 'tickets-0-1', sent: true, problem: null },
      { id: 'tickets-0-2', sent: false, problem: 'only its beginning was kept, of 2000000 bytes' },
    ])
  })
})
