import { expect, test } from 'vitest'
import { createLane } from '../../src/kafka/lane.ts'
import { lossError } from '../../src/kafka/lane-start.ts'

const lane = createLane('call-queue', 'acme.calls', 3)

test.each([
  [{ expected: 500n, found: 590n }, 'retention has removed records that were not read'],
  [{ expected: 500n, found: 0n }, 'the topic was made anew or has lost its end'],
])('K16: a loss says where, why, and both ways on (%o)', ({ expected, found }, why) => {
  const error = lossError(lane, { topic: 'call-queue', partition: 3, expected, found })
  expect(error).toMatchObject({ code: 'kafka-data-loss', retriable: false })
  expect(error.message).toBe(
    `acme.calls partition 3: offset 500 was to be read next, but ${why}; the log begins at ${found}. ` +
      'Go on from there with kafka.onDataLoss: continue, or count anew what the log still has: `floorwatch rebuild --swap`',
  )
})
