import { expect, test } from 'vitest'
import { type ReplayFlags, replayFiles } from '../../src/commands/replay.ts'
import { configSchema } from '../../src/config-schema.ts'
import { parseEvent } from '../../src/core/events.ts'

const flags: ReplayFlags = { windows: 'total', scopes: '' }

const queuedCall = {
  eventId: 'e-1',
  type: 'call.queued',
  occurredAt: '2026-03-02T09:00:00Z',
  callId: 'c-1',
  queueId: 'billing',
}

const complaintsOf = async (
  asked: Partial<ReplayFlags>,
  values: readonly object[],
): Promise<readonly string[]> => {
  const complaints: string[] = []
  const decoded = values.map((value) => parseEvent(value))
  await replayFiles(
    ['calls.ndjson'],
    { config: configSchema.parse({}), flags: { ...flags, ...asked } },
    {
      read: async function* () {
        yield decoded.map((one, index) => ({ file: 'calls.ndjson', line: index + 1, decoded: one }))
      },
      print: async () => undefined,
      complain: (text) => complaints.push(text),
    },
  )
  return complaints
}

const applied = '1 events applied, 0 duplicate, 0 refused'

test('what no event names prints nothing, and that is said', async () => {
  expect(await complaintsOf({ scopes: 'queueId;teamId;channel,teamId' }, [queuedCall])).toEqual([
    'nothing was printed by teamId: no event that counts in these windows names teamId',
    'nothing was printed by channel,teamId: no event that counts in these windows names channel and teamId',
    applied,
  ])
})

test('windows in which nothing happened print nothing, and that is said', async () => {
  const asked = { windows: '15m', asOf: '2026-03-03T09:00:00Z' }
  expect(await complaintsOf(asked, [queuedCall])).toEqual(['nothing was printed', applied])
})

test('where nothing was applied that is all there is to say', async () => {
  expect(await complaintsOf({}, [])).toEqual(['0 events applied, 0 duplicate, 0 refused'])
})

test('where all is printed nothing more is said', async () => {
  expect(await complaintsOf({ scopes: ';queueId' }, [queuedCall])).toEqual([applied])
})
