/** What the wallboard's server allows, and what happens at each limit. */
export type WallboardLimits = {
  /** Changes are gathered and sent at most this often. */
  readonly frameEveryMs: number
  /** Server ping, and the interval that staleness is measured in. */
  readonly pingEveryMs: number
  /** Event streams at once; more are answered 503 and come back later. */
  readonly streamsMax: number
  /** Sockets at once; more are dropped. */
  readonly connectionsMax: number
  /** A client with more unsent bytes is cut and comes back with a full snapshot. */
  readonly unsentBytesMax: number
  /** Least pause before a browser connects again; up to twice as much, so that not all come at once. */
  readonly retryMs: number
  /** Snapshot keys held; records of further keys are dropped and counted in `/healthz`. */
  readonly keysMax: number
  /** A snapshot that was not said again for so long, while others were, is of something that nobody publishes any more. */
  readonly unsaidMaxMs: number
}

export const defaultWallboardLimits: WallboardLimits = {
  frameEveryMs: 500,
  pingEveryMs: 5_000,
  streamsMax: 3_000,
  connectionsMax: 4_000,
  unsentBytesMax: 1_000_000,
  retryMs: 2_000,
  keysMax: 50_000,
  // Publishers say everything again each hour.
  unsaidMaxMs: 3 * 3_600_000,
}
