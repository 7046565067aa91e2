import { expect, test } from 'vitest'
import { type InspectIo, inspectSubject } from '../../src/commands/inspect.ts'
import { rulesOf } from '../../src/config-rules.ts'
import { configSchema } from '../../src/config-schema.ts'
import { parseEvent } from '../../src/core/events.ts'
import type { Decoded } from '../../src/ports.ts'

const { rules } = rulesOf(configSchema.parse({}))
const at = (second: number) => `2026-03-02T08:00:${String(second).padStart(2, '0')}Z`
const lines = [
  { eventId: '2', type: 'call.answered', occurredAt: at(14), callId: 'a/1', agentId: 'g' },
  { eventId: '1', type: 'call.queued', occurredAt: at(0), callId: 'a/1', queueId: 'q' },
  { eventId: '1', type: 'call.queued', occurredAt: at(0), callId: 'a/1', queueId: 'q' },
  { eventId: '1', type: 'call.queued', occurredAt: at(0), callId: 'other', queueId: 'q' },
  { eventId: '1', type: 'call.queued', occurredAt: at(0), callId: 'a/1', queueId: 'q', tenantId: 'acme' },
  { type: 'call.queued' },
]

async function inspect(name: string, flags: { tenant?: string; file?: string[]; json?: boolean }) {
  const printed: string[] = []
  const said: string[] = []
  const asked: string[] = []
  const io: InspectIo = {
    readStored: async (key) => {
      asked.push(key)
      return undefined
    },
    readFiles: async function* () {
      yield lines.map((line) => ({ decoded: parseEvent(line) as Decoded }))
    },
    print: (text) => void printed.push(text),
    complain: (text) => void said.push(text),
  }
  const request = { name, flags: { tenant: 'default', ...flags }, rules, eventsMax: 100 }
  const code = await inspectSubject(request, io)
  return { code, printed: printed.join(''), said, asked }
}

test('of the files only this subject’s events are taken, each once, in order of time', async () => {
  const { code, printed } = await inspect('call/a/1', { file: ['x'], json: true })
  expect(code).toBe(0)
  const told = JSON.parse(printed)
  expect(told.events.map(({ eventId }: { eventId: string }) => eventId)).toEqual(['1', '2'])
  expect(told.contributions).toContainEqual({
    at: '2026-03-02T08:00:14.000Z',
    measure: 'waitAnswered',
    value: 14_000,
    dimensions: expect.objectContaining({ queueId: 'q' }),
  })
  expect(told.spans).toContainEqual(
    expect.objectContaining({ list: 'waiting', until: '2026-03-02T08:00:14.000Z' }),
  )
})

test('for people it is a timeline, then what it contributed', async () => {
  const { printed } = await inspect('call/a/1', { file: ['x'] })
  expect(printed).toMatch(/^call\/a\/1 · tenant default · 2 events/)
  expect(printed).toMatch(/08:00:14\.000Z {2}call\.answered {2}eventId=2 agentId=g/)
  expect(printed).toMatch(/\ncontributed\n[\s\S]*waitAnswered 14000 /)
})

test('another tenant’s subject is another one', async () => {
  const { printed } = await inspect('call/a/1', { file: ['x'], tenant: 'acme', json: true })
  expect(JSON.parse(printed).events).toHaveLength(1)
})

test('one that nobody knows is a failure that says where was looked', async () => {
  const { code, said, asked } = await inspect('ticket/T|1', { tenant: 'a%b' })
  expect(code).toBe(1)
  expect(asked).toEqual(['a%25b|ticket|T%7C1'])
  expect(said[0]).toMatch(/^ticket\/T\|1: nothing is known of it in Redis \(tenant a%b\)/)
})

test('a name without kind or id is refused, and so is a kind that is not stored', async () => {
  await expect(inspect('123', {})).rejects.toThrow("'123' names no subject: write kind/id, as call/123")
  await expect(inspect('call/', {})).rejects.toThrow('names no subject')
  await expect(inspect('agent/g', {})).rejects.toThrow(
    'no metric counts what is of kind agent yet: read its events with --file',
  )
})
