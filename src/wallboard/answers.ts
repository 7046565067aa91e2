import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventStreams } from './event-streams.ts'
import { judgeFeedHealth } from './feed-health.ts'
import type { WallboardLimits } from './limits.ts'
import { chooseEncoding, type PageAsset } from './page-assets.ts'
import type { SnapshotFeed } from './snapshot-feed.ts'
import { keyFilter } from './snapshot-key.ts'

/** An answer that the wiring gives for a path of its own; `wall` is what the wallboard says of itself on `/healthz`. */
export type GivenAnswer = (
  wall: object,
) => Promise<{ readonly status: number; readonly type: string; readonly body: string }>

export type AnswerDeps = {
  /** Stand before the wallboard's own. */
  readonly given: Readonly<Record<string, GivenAnswer>>
  readonly feed: SnapshotFeed
  readonly streams: EventStreams
  readonly assets: ReadonlyMap<string, PageAsset>
  readonly limits: WallboardLimits
  readonly buildId: string
  /** Differs between two lives of the server, so that an ETag of the one says nothing in the other. */
  readonly life: string
}

type Sender = { readonly request: IncomingMessage; readonly response: ServerResponse }
export type Exchange = Sender & { readonly url: URL }

type AnswerPath = (deps: AnswerDeps, exchange: Exchange) => void

const answers: Readonly<Record<string, AnswerPath>> = {
  '/events': answerEvents,
  '/api/v1/snapshots': answerSnapshots,
  '/livez': (_, exchange) => sendJson(exchange, { status: 200 }, { status: 'ok' }),
  '/readyz': answerReadiness,
  '/healthz': answerHealth,
}

/** One answer per path; the method is GET or HEAD. */
export function answerRequest(deps: AnswerDeps, exchange: Exchange): void {
  const asset = deps.assets.get(exchange.url.pathname)
  const given = deps.given[exchange.url.pathname]
  const answer = answers[exchange.url.pathname]
  if (asset !== undefined) answerAsset(asset, exchange)
  else if (given !== undefined) answerGiven(given, deps, exchange)
  else if (answer !== undefined) answer(deps, exchange)
  else sendJson(exchange, { status: 404 }, { error: 'not found' })
}

function answerGiven(give: GivenAnswer, deps: AnswerDeps, exchange: Exchange): void {
  give(describeWall(deps)).then(
    ({ status, type, body }) => {
      const headers = { 'content-type': type, 'cache-control': 'no-store' }
      send(exchange, { status, headers, body: Buffer.from(body) })
    },
    (error: unknown) => sendJson(exchange, { status: 500 }, { error: String(error) }),
  )
}

function answerAsset(asset: PageAsset, exchange: Exchange): void {
  const encoding = chooseEncoding(exchange.request.headers['accept-encoding'])
  const headers: Record<string, string> = {
    etag: asset.etag,
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
  }
  if (exchange.request.headers['if-none-match'] === asset.etag) {
    send(exchange, { status: 304, headers })
    return
  }
  if (encoding !== 'identity') headers['content-encoding'] = encoding
  send(exchange, {
    status: 200,
    headers: { ...headers, 'content-type': asset.type },
    body: asset.bytes[encoding],
  })
}

function answerEvents(deps: AnswerDeps, exchange: Exchange): void {
  const { request, response } = exchange
  if (request.method === 'HEAD') {
    send(exchange, { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
    return
  }
  if (deps.streams.open(request, response)) return
  const headers = { 'retry-after': String(Math.ceil(deps.limits.pingEveryMs / 1000)) }
  sendJson(exchange, { status: 503, headers }, { error: 'too many wallboards are connected' })
}

/** For readers that poll: the latest of every key, narrowed by `tenant`, `scope` (`queueId=billing`) and `window`. */
function answerSnapshots(deps: AnswerDeps, exchange: Exchange): void {
  const headers = { etag: `W/"${deps.life}-${deps.feed.version()}"`, 'cache-control': 'no-cache' }
  if (exchange.request.headers['if-none-match'] === headers.etag) {
    send(exchange, { status: 304, headers })
    return
  }
  const { searchParams } = exchange.url
  const asked = (name: string): string | null => searchParams.get(name)
  const isWanted = keyFilter({ tenant: asked('tenant'), scope: asked('scope'), window: asked('window') })
  const wanted = deps.feed.latest().filter(({ key }) => isWanted(key))
  const marks = deps.feed.marks()
  const progress = `"asOf":${instantJson(marks.asOfMs)},"watermark":${instantJson(marks.watermarkMs)}`
  const body = `{${progress},"snapshots":[${wanted.map(({ json }) => json).join(',')}]}`
  const type = { 'content-type': 'application/json; charset=utf-8' }
  send(exchange, { status: 200, headers: { ...headers, ...type }, body: Buffer.from(body) })
}

function instantJson(atMs: number | null): string {
  return atMs === null ? 'null' : JSON.stringify(new Date(atMs).toISOString())
}

function answerReadiness(deps: AnswerDeps, exchange: Exchange): void {
  const { ready, status } = judgeFeedHealth(deps.feed.marks(), deps.limits.pingEveryMs)
  sendJson(exchange, { status: ready ? 200 : 503 }, { status })
}

function answerHealth(deps: AnswerDeps, exchange: Exchange): void {
  const { ready } = judgeFeedHealth(deps.feed.marks(), deps.limits.pingEveryMs)
  sendJson(exchange, { status: ready ? 200 : 503 }, describeWall(deps))
}

function describeWall(deps: AnswerDeps): object {
  const marks = deps.feed.marks()
  const toIso = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString())
  return {
    status: judgeFeedHealth(marks, deps.limits.pingEveryMs).status,
    buildId: deps.buildId,
    asOf: toIso(marks.asOfMs),
    watermark: toIso(marks.watermarkMs),
    lastRecordAt: toIso(marks.recordAtMs),
    keys: deps.feed.latest().length,
    streams: deps.streams.count(),
    dropped: deps.feed.dropped(),
  }
}

type Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export function sendJson(exchange: Sender, { status, headers }: Answer, body: unknown): void {
  const json = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers }
  send(exchange, { status, headers: json, body: Buffer.from(`${JSON.stringify(body)}\n`) })
}

function send({ request, response }: Sender, { status, headers, body }: Answer): void {
  const length = body === undefined ? {} : { 'content-length': String(body.length) }
  response.writeHead(status, { ...headers, ...length })
  response.end(request.method === 'HEAD' ? undefined : body)
}
