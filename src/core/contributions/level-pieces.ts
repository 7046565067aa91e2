import type { Dimensions, FactWriter, RaisedLevel, Span, SpanList } from '../contribution.ts'
import type { Measure } from '../measures.ts'

/** In [fromMs, untilMs); nothing where that is empty. */
type Piece = {
  readonly fromMs: number
  readonly untilMs: number
  readonly dimensions: Dimensions
  /** Of what is listed: where its age starts. */
  readonly sinceMs?: number
}

/** Levels and spans told piece by piece; pieces that follow each other unchanged are written as one. */
export type LevelPieces = {
  /** Steps down and up where the age of what is listed starts anew: only where something is placed does a list change. */
  level(measure: Measure, piece: Piece, key?: string): void
  span(list: SpanList, piece: Required<Piece>): void
  /** Writes what is still held back. */
  close(): void
}

/** Grows while pieces follow it. */
type Held<Whole> = Omit<Whole, 'untilMs'> & { untilMs: number }
type HeldLevel = Held<RaisedLevel> & { readonly sinceMs?: number }

/** Of one measure, and of one list, at most one piece is up at a time, and they come in order. */
export const createLevelPieces = (writer: FactWriter): LevelPieces => {
  const levels = new Map<Measure, HeldLevel>()
  const spans = new Map<SpanList, Held<Span>>()
  return {
    level: (measure, piece, key = '') => {
      if (piece.untilMs <= piece.fromMs) return
      const before = levels.get(measure)
      if (before && follows(piece, before) && key === before.key) {
        before.untilMs = piece.untilMs
        return
      }
      if (before) writer.level(measure, before)
      levels.set(measure, { ...piece, key })
    },
    span: (list, piece) => {
      if (piece.untilMs <= piece.fromMs) return
      const before = spans.get(list)
      if (before && follows(piece, before)) {
        before.untilMs = piece.untilMs
        return
      }
      if (before) writer.span(before)
      spans.set(list, { ...piece, list })
    },
    close: () => {
      for (const [measure, piece] of levels) writer.level(measure, piece)
      for (const piece of spans.values()) writer.span(piece)
    },
  }
}

const follows = (piece: Piece, before: Piece): boolean =>
  piece.fromMs === before.untilMs &&
  piece.sinceMs === before.sinceMs &&
  isSame(piece.dimensions, before.dimensions)

const isSame = (a: Dimensions, b: Dimensions): boolean => {
  if (a === b) return true
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
