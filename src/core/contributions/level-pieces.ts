import type { Dimensions, FactWriter, RaisedLevel, Span, SpanList } from '../contribution.ts'
import type { Measure } from '../measures.ts'

/** In [fromMs, untilMs); nothing where that is empty. */
type Piece = { readonly fromMs: number; readonly untilMs: number; readonly dimensions: Dimensions }

/** Levels and spans told piece by piece; pieces that follow each other unchanged are written as one. */
export type LevelPieces = {
  level(measure: Measure, piece: Piece, key?: string): void
  span(list: SpanList, piece: Piece, sinceMs: number): void
  /** Writes what is still held back. */
  close(): void
}

/** Grows while pieces follow it. */
type Held<Whole> = Omit<Whole, 'untilMs'> & { untilMs: number }

/** Of one measure, and of one list, at most one piece is up at a time, and they come in order. */
export const createLevelPieces = (writer: FactWriter): LevelPieces => {
  const levels = new Map<Measure, Held<RaisedLevel>>()
  const spans = new Map<SpanList, Held<Span>>()
  return {
    level: (measure, piece, key = '') => {
      const { fromMs, untilMs, dimensions } = piece
      if (untilMs <= fromMs) return
      const before = levels.get(measure)
      if (before && follows(piece, before) && key === before.key) {
        before.untilMs = untilMs
        return
      }
      if (before) writer.level(measure, before)
      levels.set(measure, { fromMs, untilMs, dimensions, key })
    },
    span: (list, piece, sinceMs) => {
      const { fromMs, untilMs, dimensions } = piece
      if (untilMs <= fromMs) return
      const before = spans.get(list)
      if (before && follows(piece, before) && sinceMs === before.sinceMs) {
        before.untilMs = untilMs
        return
      }
      if (before) writer.span(before)
      spans.set(list, { list, fromMs, untilMs, dimensions, sinceMs })
    },
    close: () => {
      for (const [measure, piece] of levels) writer.level(measure, piece)
      for (const piece of spans.values()) writer.span(piece)
    },
  }
}

const follows = (piece: Piece, before: Piece): boolean =>
  piece.fromMs === before.untilMs && isSame(piece.dimensions, before.dimensions)

const isSame = (a: Dimensions, b: Dimensions): boolean => {
  if (a === b) return true
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
