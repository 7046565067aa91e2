/** What the wallboard's server says to its own page over `/events`. Times are epoch milliseconds of the server's clock. */

/** Names for ids, by dimension: `{ queueId: { billing: 'Billing' } }`. */
export type Labels = Readonly<Record<string, Readonly<Record<string, string>>>>

/** How far the numbers are and when that last moved, so that a page can tell which part of the way is silent. */
export type FeedMarks = {
  readonly serverAtMs: number
  /** When a record last came from the processor; null before the first. */
  readonly recordAtMs: number | null
  /** Greatest as-of seen, in event time, and when it last moved, in server time. */
  readonly asOfMs: number | null
  readonly asOfMovedAtMs: number | null
  readonly watermarkMs: number | null
  readonly watermarkMovedAtMs: number | null
}

/** Event `hello`, first on every connection. */
export type HelloFrame = {
  /** A page that has seen another build id reloads itself. */
  readonly buildId: string
  readonly demo: boolean
  readonly zone: string
  readonly labels: Labels
  /** The interval staleness is measured in: over 2 delayed, over 5 stale. Also the ping's. */
  readonly intervalMs: number
}

/** Event `snapshots`: the whole board (`full`), else what changed. `set` maps a snapshot's key to its JSON. */
export type SnapshotsFrame = {
  readonly full: boolean
  readonly marks: FeedMarks
  readonly set: Readonly<Record<string, unknown>>
  readonly gone: readonly string[]
}

/** Event `ping`. */
export type PingFrame = { readonly marks: FeedMarks }
