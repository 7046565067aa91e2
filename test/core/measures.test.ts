import { describe, expect, test } from 'vitest'
import { createCell, isEmptyCell } from '../../src/core/cell.ts'
import {
  readCount,
  readDistribution,
  readTally,
  readTallyKey,
  sortCell,
  sumTally,
} from '../../src/core/measure-readings.ts'
import { addValue, measureByNumber, measures } from '../../src/core/measures.ts'

const { callsOffered, blockedBy, waitAnswered, waitAbandoned, waiting } = measures

describe('the table', () => {
  test('every measure has a number of its own, from which it is found again', () => {
    for (const measure of Object.values(measures)) expect(measureByNumber[measure.number]).toBe(measure)
  })

  test('numbers stand in stored state: those that were given keep their meaning', () => {
    const given = ['callsOffered 1', 'waitAnswered 4', 'serviceLevelMet 11', 'handle 17', 'orphans 40']
    const later = ['ticketsCreated 60', 'requests 61', 'openByStatus 84', 'surveysSent 120', 'cesScores 125']
    const numbered = Object.values(measures).map(({ name, number }) => `${name} ${number}`)
    expect(numbered).toEqual(expect.arrayContaining([...given, ...later]))
  })
})

describe('placing', () => {
  test.each([
    [callsOffered, 1, ''],
    [waiting, -1, ''],
    [blockedBy, 1, 'busy'],
    [waitAnswered, 123_456, ''],
  ])('what is placed and taken back leaves nothing', (measure, value, key) => {
    const cell = createCell()
    addValue(cell, { measure, value, key })
    expect(isEmptyCell(cell)).toBe(false)
    addValue(cell, { measure, value, key }, -1)
    expect(isEmptyCell(cell)).toBe(true)
  })

  test('a tally counts each key', () => {
    const cell = createCell()
    for (const key of ['busy', 'other', 'busy']) addValue(cell, { measure: blockedBy, value: 1, key })
    expect(readTally(sortCell(cell), blockedBy)).toEqual([
      ['busy', 2],
      ['other', 1],
    ])
    expect(readTallyKey(sortCell(cell), blockedBy, 'busy')).toBe(2)
    expect(readTallyKey(sortCell(cell), blockedBy, 'never seen')).toBe(0)
    expect(sumTally(sortCell(cell), blockedBy)).toBe(3)
  })

  test('a count is the sum of its steps', () => {
    const cell = createCell()
    for (const value of [1, 1, -1]) addValue(cell, { measure: waiting, value, key: '' })
    expect(readCount(sortCell(cell), waiting)).toBe(1)
  })

  test('the sum of a distribution is exact up to 2^53, and rounded but once beyond', () => {
    const cell = createCell()
    const value = 2 ** 52 - 1
    for (let times = 0; times < 10; times++) addValue(cell, { measure: waitAnswered, value, key: '' })
    expect(readDistribution(sortCell(cell), [waitAnswered])).toMatchObject({
      n: 10,
      sum: Number(BigInt(value) * 10n),
    })
  })

  test('several distributions are read as one', () => {
    const cell = createCell()
    addValue(cell, { measure: waitAnswered, value: 5, key: '' })
    addValue(cell, { measure: waitAbandoned, value: 7, key: '' })
    expect(readDistribution(sortCell(cell), [waitAnswered, waitAbandoned])).toMatchObject({ n: 2, sum: 12 })
  })
})

test('there is room for the keys of every scale a survey may have', () => {
  const cell = createCell()
  for (let key = 0; key < 70_000; key++)
    addValue(cell, { measure: measures.csatScores, value: 1, key: `scale ${key}` })
  expect(readTallyKey(sortCell(cell), measures.csatScores, 'scale 69999')).toBe(1)
  expect(readTally(sortCell(cell), measures.csatScores)).toHaveLength(70_000)
})
