import type { JournalEntry } from './core/journal.ts'
import type { PublisherMarks } from './core/shard-codec.ts'
import type { Edges } from './core/slices.ts'
import { type CalendarWindow, calendarWindowContaining } from './core/windows.ts'
import type { Zone } from './core/zone.ts'
import type { CalendarDesk, ClosedWindow, Period } from './publish-closed.ts'
import { firstReadable } from './publish-ended.ts'
import type { ScopeInfos } from './publish-scopes.ts'

export type Journals = ReadonlyMap<number, ReadonlyMap<number, JournalEntry>>

export type CorrectionContext = {
  readonly infos: ScopeInfos
  readonly zone: Zone
  readonly edges: Edges
  readonly countedSince: (setName: string) => number
  /** Shards of this process, and how far the publisher of their scopes has come. */
  readonly marks: ReadonlyMap<number, PublisherMarks>
  readonly journals: Journals
}

export type Correction = ClosedWindow & { readonly desk: CalendarDesk }

/** What the journals ask for, once: what is journalled meanwhile is the next round's. */
export type CorrectionRound = {
  /** By shard of this process, what it has handled when the round is done. */
  readonly handled: ReadonlyMap<number, PublisherMarks['handled']>
  readonly corrections: readonly Correction[]
}

/** Closed windows that read otherwise since they were published; undefined: nothing new stands in any journal. */
export const planCorrections = (
  desks: readonly CalendarDesk[],
  context: CorrectionContext,
): CorrectionRound | undefined => {
  const { marks, journals } = context
  const isNew = [...marks.values()].some(({ handled }) =>
    [...journals].some(([shard, entries]) => lastSeqOf(entries) > (handled[shard] ?? 0)),
  )
  if (!isNew) return undefined
  const found = new Map<string, Correction>()
  for (const [shard, entries] of journals)
    for (const [seq, entry] of entries)
      for (const correction of readEntry(desks, context, { shard, seq, entry }))
        found.set(nameOf(correction), correction)
  const handled = new Map([...marks].map(([own, mark]) => [own, { ...mark.handled, ...lastSeqs(journals) }]))
  return { handled, corrections: [...found.values()] }
}

const lastSeqOf = (entries: ReadonlyMap<number, JournalEntry>): number => Math.max(0, ...entries.keys())

export const lastSeqs = (journals: Journals): PublisherMarks['handled'] => {
  const filled = [...journals].filter(([, entries]) => entries.size > 0)
  return Object.fromEntries(filled.map(([shard, entries]) => [shard, lastSeqOf(entries)]))
}

const nameOf = ({ desk, scopeKey, period }: Correction): string =>
  `${scopeKey}|${desk.window.id}|${period.startAt}`

type Journalled = { readonly shard: number; readonly seq: number; readonly entry: JournalEntry }

function* readEntry(
  desks: readonly CalendarDesk[],
  context: CorrectionContext,
  { shard, seq, entry }: Journalled,
): Generator<Correction> {
  const { infos, marks } = context
  for (const [changedKey, ranges] of entry)
    for (const desk of desks)
      for (const scopeKey of scopesReading(desk, changedKey, infos)) {
        const mark = marks.get(infos.of(scopeKey).publisher)
        if (!mark || mark.closedMs === null || seq <= (mark.handled[shard] ?? 0)) continue
        for (const range of ranges)
          for (const period of closedPeriods(desk, context, { ...range, closedMs: mark.closedMs }))
            yield { desk, scopeKey, period }
      }
}

/** The scope itself, where the desk publishes its set, and those whose shares divide by it. */
const scopesReading = (desk: CalendarDesk, changedKey: string, infos: ScopeInfos): readonly string[] => {
  const children = desk.children.get(changedKey) ?? []
  return infos.of(changedKey).setName === desk.setName ? [changedKey, ...children] : [...children]
}

type Changed = { readonly startMs: number; readonly endMs: number; readonly closedMs: number }

function* closedPeriods(
  desk: CalendarDesk,
  context: CorrectionContext,
  { startMs, endMs, closedMs }: Changed,
): Generator<Period> {
  const { window } = desk
  const { zone } = context
  const firstMs = firstReadable(desk, context)
  let period = calendarWindowContaining(window, zone, Math.max(startMs, firstMs))
  for (; period.startAt < endMs && period.endAt <= closedMs; period = next(window, zone, period))
    if (period.startAt >= firstMs) yield period
}

const next = (window: CalendarWindow, zone: Zone, { endAt }: Period): Period =>
  calendarWindowContaining(window, zone, endAt)
