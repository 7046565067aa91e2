import { type Measure, measures } from './measures.ts'

/** Dimensions as they were at an instant: `queueId`, `channel`, `teamId`, `agentId` … and the user's own attributes. */
export type Dimensions = Readonly<Record<string, string>>

/** A dated fact: at `atMs` this much is added to the measure, in every scope the dimensions belong to. */
export type Contribution = {
  readonly atMs: number
  readonly measure: Measure
  /** Integer: 1 for a count, δ for a gauge, the value (ms, or a number of things) for a distribution. */
  readonly value: number
  /** The tally's key; empty elsewhere. */
  readonly key: string
  readonly dimensions: Dimensions
}

/** Lists of what is open now: they answer longest waits, ages and worst items; their counts equal the gauges. */
export const spanLists = ['waiting', 'callbacks', 'openTickets', 'unanswered', 'atRisk', 'overdue'] as const
export type SpanList = (typeof spanLists)[number]

/** Something is open in [fromMs, untilMs): open at as-of when fromMs < as-of ≤ untilMs. */
export type Span = {
  readonly list: SpanList
  readonly fromMs: number
  readonly untilMs: number
  /** Where its age starts: queued, created, the unanswered message, the due instant. */
  readonly sinceMs: number
  readonly dimensions: Dimensions
}

export type StatedFacts = {
  readonly contributions: readonly Contribution[]
  readonly spans: readonly Span[]
}

/** What a subject says: a pure function of its timeline. */
export type Facts = StatedFacts & {
  /** From this instant on nothing can join the subject any more: it may be forgotten a lateness later. */
  readonly expiresAtMs: number
}

/** Collects facts while a timeline is walked. */
export type FactWriter = {
  /** A count of one. */
  count(measure: Measure, atMs: number, dimensions: Dimensions): void
  tally(
    measure: Measure,
    atMs: number,
    keyed: { readonly key: string; readonly dimensions: Dimensions },
  ): void
  /** A sample of a distribution; a negative one is an error of the caller. */
  sample(
    measure: Measure,
    atMs: number,
    sampled: { readonly value: number; readonly dimensions: Dimensions },
  ): void
  /** A gauge (or a keyed gauge) that is up in [fromMs, untilMs); Infinity: until the subject expires. */
  level(measure: Measure, raised: RaisedLevel): void
  span(span: Span): void
  readonly contributions: Contribution[]
  readonly spans: Span[]
}

export type RaisedLevel = {
  readonly fromMs: number
  readonly untilMs: number
  readonly dimensions: Dimensions
  readonly key?: string
}

/** One object for equal dimensions, less those no scope needs. */
export type InternDimensions = (dimensions: Dimensions) => Dimensions

/** Nothing is open past `horizonMs`: there an abandoned subject expires, and its gauges are closed. */
export const createFactWriter = (horizonMs: number, intern: InternDimensions): FactWriter => {
  const contributions: Contribution[] = []
  const spans: Span[] = []
  const internOnce = rememberInterned(intern)
  return {
    contributions,
    spans,
    count: (measure, atMs, dimensions) => {
      contributions.push({ atMs, measure, value: 1, key: '', dimensions: internOnce(dimensions) })
    },
    tally: (measure, atMs, { key, dimensions }) => {
      contributions.push({ atMs, measure, value: 1, key, dimensions: internOnce(dimensions) })
    },
    sample: (measure, atMs, { value, dimensions }) => {
      if (value < 0) throw new Error(`a sample of ${measure.name} is negative: ${value}`)
      contributions.push({ atMs, measure, value, key: '', dimensions: internOnce(dimensions) })
    },
    level: (measure, { fromMs, untilMs, dimensions: given, key = '' }) => {
      const closedAtMs = Math.min(untilMs, horizonMs)
      if (closedAtMs <= fromMs) return
      const dimensions = internOnce(given)
      contributions.push({ atMs: fromMs, measure, value: 1, key, dimensions })
      contributions.push({ atMs: closedAtMs, measure, value: -1, key, dimensions })
    },
    span: (span) => {
      const untilMs = Math.min(span.untilMs, horizonMs)
      if (untilMs > span.fromMs) spans.push({ ...span, untilMs, dimensions: internOnce(span.dimensions) })
    },
  }
}

/** A subject speaks of few dimensions, by turns: those it named last are known without a look. */
const rememberedMax = 8

const rememberInterned = (intern: InternDimensions): InternDimensions => {
  const given: Dimensions[] = []
  const interned: Dimensions[] = []
  let oldest = 0
  return (dimensions) => {
    const known = interned[given.indexOf(dimensions)]
    if (known) return known
    const made = intern(dimensions)
    given[oldest] = dimensions
    interned[oldest] = made
    oldest = (oldest + 1) % rememberedMax
    return made
  }
}

/** Sorted by instant, then measure, key and value, so that equal facts are equal lists. In place. */
export const sortContributions = (contributions: Contribution[]): Contribution[] => {
  if (contributions.length > insertedMax) return contributions.sort(compareContributions)
  for (let index = 1; index < contributions.length; index++) {
    const one = contributions[index] as Contribution
    let place = index
    for (; place > 0; place--) {
      const before = contributions[place - 1] as Contribution
      if (compareContributions(before, one) <= 0) break
      contributions[place] = before
    }
    contributions[place] = one
  }
  return contributions
}

/** Most subjects have a dozen or two, nearly in order: inserting them takes no memory, and less time than `sort`. */
const insertedMax = 48

const compareContributions = (a: Contribution, b: Contribution): number =>
  a.atMs - b.atMs ||
  a.measure.number - b.measure.number ||
  (a.key < b.key ? -1 : a.key > b.key ? 1 : a.value - b.value)

/** An outcome or reply whose beginning was never seen: it says what it can by itself. */
export const countOrphan = (writer: FactWriter, atMs: number, dimensions: Dimensions): void =>
  writer.count(measures.orphans, atMs, dimensions)
