import { describe, expect, it } from 'vitest'
import { createAgenda, nextInstant, runNext, scheduleAt } from '../../src/simulate/agenda.ts'
import { addOfficeTime } from '../../src/simulate/curve.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { countAgentsNeeded } from '../../src/simulate/staffing.ts'

describe('Erlang C', () => {
  it('needs 14 agents for 10 erlangs of three-minute calls at 80 per cent in 20 s, who then reach 88.8', () => {
    const need = { loadErlangs: 10, handleMs: 180_000, thresholdMs: 20_000 }
    expect(countAgentsNeeded({ ...need, target: 0.8 })).toBe(14)
    expect(countAgentsNeeded({ ...need, target: 0.888 })).toBe(14)
    expect(countAgentsNeeded({ ...need, target: 0.889 })).toBe(15)
  })

  it('needs somebody even for next to nothing', () => {
    const need = { handleMs: 180_000, thresholdMs: 20_000, target: 0.8 }
    expect(countAgentsNeeded({ ...need, loadErlangs: 0.001 })).toBe(1)
  })
})

describe('office time', () => {
  it('passes from eight to six, Monday to Saturday', () => {
    const at = (text: string): number => Date.parse(`2026-03-${text}:00Z`)
    expect(addOfficeTime(at('02T10:00'), 3_600_000)).toBe(at('02T11:00'))
    expect(addOfficeTime(at('02T17:30'), 3_600_000)).toBe(at('03T08:30'))
    expect(addOfficeTime(at('07T17:30'), 3_600_000)).toBe(at('09T08:30'))
    expect(addOfficeTime(at('02T03:00'), 0)).toBe(at('02T08:00'))
  })
})

describe('the agenda', () => {
  it('runs what was planned in order of time, whatever the order of planning', () => {
    const random = createRandom(5, 'agenda')
    const agenda = createAgenda(0)
    const ran: number[] = []
    for (let planned = 0; planned < 2000; planned++) {
      const atMs = Math.floor(random() * 500)
      scheduleAt(agenda, atMs, () => {
        ran.push(atMs)
      })
    }
    while (nextInstant(agenda) < Number.POSITIVE_INFINITY) runNext(agenda)
    expect(ran).toHaveLength(2000)
    expect(ran).toEqual(ran.toSorted((a, b) => a - b))
  })
})
