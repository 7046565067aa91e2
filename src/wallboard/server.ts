import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { FloorwatchError } from '../errors.ts'
import type { Clock, SnapshotSource } from '../ports.ts'
import { type AnswerDeps, answerRequest, type GivenAnswer, sendJson } from './answers.ts'
import { createEventStreams, type EventStreams } from './event-streams.ts'
import { defaultWallboardLimits, type WallboardLimits } from './limits.ts'
import { defaultPageDir, loadPageAssets } from './page-assets.ts'
import { securityHeaders } from './security-headers.ts'
import { createSnapshotFeed, type SnapshotFeed } from './snapshot-feed.ts'
import type { Labels } from './wire.ts'

export type WallboardOptions = {
  /** 127.0.0.1 unless told otherwise: there is no access control. */
  readonly host?: string | undefined
  /** 0 takes any free port. */
  readonly port: number
  /** Read, not owned: its owner closes it. */
  readonly snapshots: SnapshotSource
  readonly clock: Clock
  readonly mode: { readonly demo: boolean }
  /** Open pages reload themselves when it changes. */
  readonly buildId: string
  /** IANA name of the site's time zone. */
  readonly zone: string
  readonly labels?: Labels | undefined
  readonly limits?: Partial<WallboardLimits> | undefined
  /** Answers of others by path, such as the service's `/metrics`; they stand before the wallboard's own. */
  readonly answers?: Readonly<Record<string, GivenAnswer>> | undefined
  /** The folder of the bundled page, if it is not at its usual place. */
  readonly pageDir?: URL | undefined
}

export type Wallboard = {
  readonly url: string
  /** Ends every stream at once. */
  close(): Promise<void>
}

/**
 * Serves the wallboard's page, its event stream, the snapshots for readers that poll, and health.
 * Throws `port-busy`, `usage-invalid` (an address it may not listen on) or `file-unreadable` (the page is not built).
 */
export async function createWallboard(options: WallboardOptions): Promise<Wallboard> {
  const limits = { ...defaultWallboardLimits, ...options.limits }
  const host = options.host ?? '127.0.0.1'
  const assets = await loadPageAssets(options.pageDir ?? defaultPageDir())
  const server = createServer({ keepAliveTimeout: 5_000 })
  server.maxConnections = limits.connectionsMax
  const port = await listen(server, host, options.port)
  const { feed, streams } = openFeed(options, limits)
  const deps = {
    feed,
    streams,
    assets,
    limits,
    given: options.answers ?? {},
    buildId: options.buildId,
    life: randomBytes(6).toString('base64url'),
  }
  server.on('request', (request, response) => admitRequest(deps, request, response))
  let closing: Promise<void> | undefined
  return {
    url: `http://${urlHost(host)}:${port}`,
    close() {
      closing ??= closeAll(server, streams, feed)
      return closing
    },
  }
}

function openFeed(
  options: WallboardOptions,
  limits: WallboardLimits,
): { feed: SnapshotFeed; streams: EventStreams } {
  const hello = {
    buildId: options.buildId,
    demo: options.mode.demo,
    zone: options.zone,
    labels: options.labels ?? {},
    intervalMs: limits.pingEveryMs,
  }
  const streams = createEventStreams({ feed: () => feed, hello, limits })
  const feed: SnapshotFeed = createSnapshotFeed({
    snapshots: options.snapshots,
    clock: options.clock,
    demo: options.mode.demo,
    keysMax: limits.keysMax,
    unsaidMaxMs: limits.unsaidMaxMs,
    believeLowerAfterMs: 5 * limits.pingEveryMs,
    onChange: streams.wake,
  })
  return { feed, streams }
}

function admitRequest(deps: AnswerDeps, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  const url = URL.parse(request.url ?? '/', 'http://wallboard')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const headers = { allow: 'GET, HEAD', connection: 'close' }
    sendJson({ request, response }, { status: 405, headers }, { error: 'only GET and HEAD' })
  } else if (url === null) {
    sendJson({ request, response }, { status: 400 }, { error: 'malformed address' })
  } else {
    answerRequest(deps, { request, response, url })
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): FloorwatchError {
  if (error.code === 'EADDRINUSE') {
    return new FloorwatchError(
      'port-busy',
      `port ${port} on ${host} is busy: choose another with --port (demo, wallboard) or http.port`,
      error,
    )
  }
  const reason = error.code ?? error.message
  const message = `cannot listen on ${host} port ${port} (${reason}): choose another with --port or http.host`
  return new FloorwatchError('usage-invalid', message, error)
}

function urlHost(host: string): string {
  if (host === '127.0.0.1' || host === '0.0.0.0' || host === '::' || host === '::1') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function closeAll(server: Server, streams: EventStreams, feed: SnapshotFeed): Promise<void> {
  feed.close()
  streams.close()
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
