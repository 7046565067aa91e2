import type { Dimensions, FactWriter, RaisedLevel, Span, SpanList } from '../contribution.ts'
import type { Measure } from '../measures.ts'

/** Levels and spans told piece by piece; pieces that follow each other unchanged are written as one. */
export type LevelPieces = {
  level(measure: Measure, piece: RaisedLevel): void
  span(piece: Span): void
  /** Writes what is still held back. */
  close(): void
}

/** Of one measure, and of one list, at most one piece is up at a time, and they come in order. */
export const createLevelPieces = (writer: FactWriter): LevelPieces => {
  const levels = new Map<Measure, RaisedLevel>()
  const spans = new Map<SpanList, Span>()
  return {
    level: (measure, piece) => {
      if (piece.untilMs <= piece.fromMs) return
      const before = levels.get(measure)
      if (before && follows(piece, before) && piece.key === before.key) {
        levels.set(measure, { ...before, untilMs: piece.untilMs })
        return
      }
      if (before) writer.level(measure, before)
      levels.set(measure, piece)
    },
    span: (piece) => {
      if (piece.untilMs <= piece.fromMs) return
      const before = spans.get(piece.list)
      if (before && follows(piece, before) && piece.sinceMs === before.sinceMs) {
        spans.set(piece.list, { ...before, untilMs: piece.untilMs })
        return
      }
      if (before) writer.span(before)
      spans.set(piece.list, piece)
    },
    close: () => {
      for (const [measure, piece] of levels) writer.level(measure, piece)
      for (const piece of spans.values()) writer.span(piece)
    },
  }
}

type Piece = { readonly fromMs: number; readonly untilMs: number; readonly dimensions: Dimensions }

const follows = (piece: Piece, before: Piece): boolean =>
  piece.fromMs === before.untilMs && isSame(piece.dimensions, before.dimensions)

const isSame = (a: Dimensions, b: Dimensions): boolean => {
  if (a === b) return true
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
