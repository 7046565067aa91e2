import { describe, expect, test } from 'vitest'
import { type Letter, listLetters, showLetter } from '../../src/commands/dead-letters.ts'
import { inspectSubject } from '../../src/commands/inspect.ts'
import { printable } from '../../src/commands/printable.ts'
import { formatComparison } from '../../src/commands/rebuild-table.ts'
import { replayFiles } from '../../src/commands/replay.ts'
import { rulesOf } from '../../src/config-rules.ts'
import { configSchema } from '../../src/config-schema.ts'
import { parseEvent } from '../../src/core/events.ts'

/** What a terminal would obey: a title, a colour of eight bits, a line of its own, a turned direction. */
const evil = 'q\u001b]0;owned\u0007\u009b31m\r\n\u202e'
const shown = 'q\\u001b]0;owned\\u0007\\u009b31m\\u000d\\u000a\\u202e'

const config = configSchema.parse({})
const queued = {
  eventId: `e${evil}`,
  type: 'call.queued',
  occurredAt: '2026-03-02T09:00:00Z',
  callId: `c${evil}`,
  queueId: evil,
}
const later = { ...queued, eventId: 'later', callId: 'later', occurredAt: '2026-03-02T12:00:00Z' }
/** Waits for the step at its instant until the one after it is read, and is told by its ids then. */
const waiting = { ...queued, queueId: 'z', occurredAt: '2026-03-02T11:00:00Z' }
const decoded = [queued, waiting, later].map((value) => parseEvent(value))

const obeyed = /[^\P{Cc}\n]|\p{Bidi_Control}/u

test('what a terminal would obey is spelt, all else stays as it is', () => {
  expect(printable(evil)).toBe(shown)
  expect(printable('Größe 10 €, 東京 🙂 a\\b')).toBe('Größe 10 €, 東京 🙂 a\\b')
})

describe('ids that hold control characters, told to people', () => {
  test('replay --table, and what it refuses', async () => {
    const said: string[] = []
    const flags = { windows: 'total', scopes: 'queueId', table: true, every: '1h' }
    const io = {
      read: async function* () {
        for (const [index, one] of decoded.entries())
          yield [{ file: 'calls.ndjson', line: index + 1, decoded: one }]
      },
      print: async (text: string) => void said.push(text),
      complain: (text: string) => void said.push(`${text}\n`),
    }
    await replayFiles(['calls.ndjson'], { config, flags }, io)
    expect(said.join('')).toContain(`queueId=${shown} · total`)
    expect(said.join('')).toContain(`event e${shown}: conflicting: `)
    expect(said.join('')).not.toMatch(obeyed)
  })

  test('inspect', async () => {
    const said: string[] = []
    const io = {
      readStored: async () => undefined,
      readFiles: async function* () {
        yield [{ decoded: parseEvent(queued) }]
      },
      print: (text: string) => void said.push(text),
      complain: (text: string) => void said.push(`${text}\n`),
    }
    const { rules } = rulesOf(config)
    for (const name of [`call/c${evil}`, `call/${evil}`])
      await inspectSubject({ name, flags: { tenant: 'default', file: ['x'] }, rules, eventsMax: 100 }, io)
    expect(said[0]?.split('\n')[0]).toContain(`call/c${shown} · tenant default`)
    expect(said[0]).toContain(`eventId=e${shown}`)
    expect(said[1]).toContain('nothing is known of it')
    expect(said.join('')).not.toMatch(obeyed)
  })

  test('dead-letters list and show; lines of a value stay lines', async () => {
    const letter: Letter = {
      id: 'tickets-0-1',
      origin: { topicName: 'tickets', partition: 0, offset: 1n },
      reason: 'malformed',
      detail: `no ${evil}`,
      key: Buffer.from(evil),
      value: Buffer.from(`{\n\t"id": "${evil}"\n}`),
      truncatedFrom: undefined,
      headers: { from: evil },
      refusedAtMs: 0,
    }
    const said: string[] = []
    const io = {
      read: async (visit: (one: Letter) => void) => visit(letter),
      isInput: () => true,
      resend: async () => undefined,
      print: (text: string) => void said.push(text),
    }
    await listLetters(io, { limit: '10' })
    await showLetter(io, letter.id, false)
    expect(said[0]).toContain(`key ${shown}  no ${shown}\n`)
    expect(said.join('')).toContain('{\n\\u0009"id": ')
    expect(said.join('')).not.toMatch(obeyed)
  })

  test('differences of a rebuild', () => {
    const value = { value: 1, n: 1 }
    const difference = {
      tenantId: evil,
      scope: { queueId: evil },
      window: 'total',
      metric: 'callsOffered',
      unit: 'count' as const,
      running: value,
      rebuilt: value,
    }
    const told = formatComparison({ asOfMs: 0, scopeCount: 1, valueCount: 1, differences: [difference] })
    expect(told).toContain(`${shown}  queueId=${shown}`)
    expect(told).not.toMatch(obeyed)
  })
})
