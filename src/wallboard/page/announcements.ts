import { stateWords } from './icons.ts'
import type { WallFigure } from './wall-model.ts'

export type Announcer = {
  /** The sentence for the live region: it changes only when a state does. */
  next(feed: string, headline: readonly WallFigure[]): string
}

/** Screen readers are told of changes of state, never of numbers that tick. */
export function createAnnouncer(): Announcer {
  let said = ''
  let feedBefore: string | undefined
  let statesBefore = new Map<string, string>()
  return {
    next(feed, headline) {
      const states = new Map(headline.map(({ id, state }) => [id, state]))
      const changes = headline.filter(({ id, state }) => (statesBefore.get(id) ?? state) !== state)
      const words = changes.filter(({ state }) => state !== 'stale').map(describeFigure)
      const sentences = [...(feed === feedBefore ? [] : [feed]), ...words]
      feedBefore = feed
      statesBefore = states
      if (sentences.length > 0) said = sentences.join(' ')
      return said
    },
  }
}

function describeFigure({ row, state }: WallFigure): string {
  return `${row.label}: ${state === 'plain' ? 'no alert' : stateWords[state]}.`
}
