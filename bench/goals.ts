import type { Goal } from './results.ts'

/** Everything the bench measures, in the order of its table. */
export const goals = [
  { id: 'engine-vs-json', bound: '≥', bar: 0.06, aim: 0.2, unit: 'CPU of JSON.parse / CPU of the engine' },
  { id: 'replay-vs-json', bound: '≥', bar: 0.06, aim: 0.2, unit: 'CPU of JSON.parse / CPU of replay' },
  {
    id: 'pipeline-vs-kafkajs',
    bound: '≥',
    bar: 0.1,
    aim: 0.3,
    unit: 'records a CPU second / those of kafkajs',
  },
  {
    id: 'history-vs-kafkajs',
    bound: '≥',
    bar: 0.07,
    aim: 0.2,
    unit: 'records a CPU second / those of kafkajs',
  },
  {
    id: 'pipeline-vs-hand-written',
    bound: '≥',
    bar: 1,
    aim: 4,
    unit: 'records a CPU second, Redis included / those written by hand',
  },
  { id: 'two-processes', bound: '≤', bar: 1.15, aim: 1.05, unit: 'CPU an event with two / with one' },
  { id: 'latency-p99', bound: '≤', bar: 250, aim: 50, unit: 'ms beyond the publish interval' },
  { id: 'keys-x10', bound: '≤', bar: 1.5, aim: 1.1, unit: 'CPU with ten times the keys / without' },
  { id: 'idle-scopes', bound: '≤', bar: 1.1, aim: 1.02, unit: 'CPU with 10,000 idle scopes / without' },
  { id: 'long-subject', bound: '≤', bar: 4, aim: 2, unit: 'time an event, last tenth / first' },
  { id: 'memory', bound: '≤', bar: 150, aim: null, unit: 'bytes an event with what it contributed' },
  { id: 'takeover', bound: '≤', bar: 3, aim: 1, unit: 's beyond the session timeout' },
  { id: 'catch-up', bound: '≥', bar: 3, aim: 4, unit: 'event time / real time' },
] as const satisfies readonly Goal[]

export type GoalId = (typeof goals)[number]['id']

export const goalOf = (id: GoalId): Goal => goals.find((goal) => goal.id === id) as Goal
