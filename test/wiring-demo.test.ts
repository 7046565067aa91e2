import { expect, test } from 'vitest'
import { configSchema } from '../src/config-schema.ts'
import { openDemo } from '../src/wiring-demo.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const meter = {
  startCommit: () => () => {},
  startPublish: () => () => {},
  noteBatch: () => {},
  noteTurn: () => {},
}

/** How often the event loop comes round, and so hears a signal, while a demo makes its history. */
const turnsOf = async (eventsPerSecond: number): Promise<number> => {
  let turns = 0
  const turn = () => {
    turns++
    next = setImmediate(turn)
  }
  let next = setImmediate(turn)
  const demo = await openDemo(configSchema.parse({}), { seed: 1, eventsPerSecond, speed: 1 }, { log, meter })
  clearImmediate(next)
  await demo.close()
  return turns
}

test('the history of a centre ten times as large is made in ten times as many stretches, so that a signal is heard as soon', async () => {
  expect(await turnsOf(10)).toBeGreaterThan(8 * (await turnsOf(1)))
})
