import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeHello, encodePing, encodeSnapshots } from './frames.ts'
import type { WallboardLimits } from './limits.ts'
import type { SnapshotFeed } from './snapshot-feed.ts'
import { isOnWall } from './snapshot-key.ts'
import type { HelloFrame } from './wire.ts'

type Client = { readonly response: ServerResponse; unsentBytesMax: number }

export type EventStreams = {
  /** Greets with the whole board, then keeps the client up to date. False when there are too many. */
  open(request: IncomingMessage, response: ServerResponse): boolean
  /** Something changed: a frame goes out, now or when the last one is old enough. */
  wake(): void
  count(): number
  close(): void
}

export type EventStreamsOptions = {
  readonly feed: () => SnapshotFeed
  readonly hello: HelloFrame
  readonly limits: WallboardLimits
}

const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

export function createEventStreams({ feed, hello, limits }: EventStreamsOptions): EventStreams {
  const clients = new Set<Client>()
  const encodeWholeBoard = createBoardEncoder(feed)
  let flushTimer: NodeJS.Timeout | undefined
  let flushedAtMs = Number.NEGATIVE_INFINITY

  const writeAll = (frame: Buffer): void => {
    for (const client of clients) writeOrCut(client, frame)
  }

  const flush = (): void => {
    flushTimer = undefined
    flushedAtMs = performance.now()
    const { set, gone } = feed().takeChanges()
    const content = { set: set.filter(({ key }) => isOnWall(key)), gone: gone.filter(isOnWall) }
    if (clients.size === 0 || content.set.length + content.gone.length === 0) return
    writeAll(encodeSnapshots(feed().version(), { full: false, marks: feed().marks(), ...content }))
  }

  const pingTimer = setInterval(() => writeAll(encodePing({ marks: feed().marks() })), limits.pingEveryMs)

  return {
    open(request, response) {
      if (clients.size >= limits.streamsMax) return false
      request.socket.setTimeout(0)
      request.socket.setNoDelay(true)
      response.writeHead(200, streamHeaders)
      const client = greet(response, [encodeHello(hello, jitter(limits.retryMs)), encodeWholeBoard()], limits)
      clients.add(client)
      response.on('close', () => clients.delete(client))
      return true
    },
    wake() {
      flushTimer ??= setTimeout(flush, Math.max(0, flushedAtMs + limits.frameEveryMs - performance.now()))
    },
    count: () => clients.size,
    close() {
      clearInterval(pingTimer)
      clearTimeout(flushTimer)
      for (const client of clients) client.response.end()
      clients.clear()
    },
  }
}

/** The whole board may be larger than what a client may owe: it counts only once it has gone out. */
function greet(response: ServerResponse, frames: readonly Buffer[], limits: WallboardLimits): Client {
  const bytes = Buffer.concat(frames)
  const client: Client = { response, unsentBytesMax: limits.unsentBytesMax + bytes.length }
  if (response.write(bytes)) client.unsentBytesMax = limits.unsentBytesMax
  else
    response.once('drain', () => {
      client.unsentBytesMax = limits.unsentBytesMax
    })
  return client
}

function writeOrCut({ response, unsentBytesMax }: Client, frame: Buffer): void {
  if (response.writableLength > unsentBytesMax) response.destroy()
  else response.write(frame)
}

/** Made once per version, however many clients come at once. */
function createBoardEncoder(feed: () => SnapshotFeed): () => Buffer {
  let made: { readonly version: number; readonly frame: Buffer } | undefined
  return () => {
    const version = feed().version()
    if (made?.version !== version) {
      const set = feed()
        .latest()
        .filter(({ key }) => isOnWall(key))
      made = {
        version,
        frame: encodeSnapshots(version, { full: true, marks: feed().marks(), set, gone: [] }),
      }
    }
    return made.frame
  }
}

function jitter(leastMs: number): number {
  return Math.round(leastMs * (1 + Math.random()))
}
