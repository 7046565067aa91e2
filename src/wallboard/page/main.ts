import { html, render } from 'lit-html'
import type { FeedMarks, HelloFrame } from '../wire.ts'
import { createAnnouncer } from './announcements.ts'
import { drawDetails, watchDetails } from './details-panel.ts'
import { connectFeed } from './feed-client.ts'
import { type FeedState, judgeFeed } from './feed-state.ts'
import type { FigureState } from './figure-state.ts'
import { createZoneTime } from './formats.ts'
import { createServerClock, eventTimeAt } from './server-clock.ts'
import { createSnapshotStore } from './snapshot-store.ts'
import { drawFigures } from './view-figures.ts'
import { announceFeed, drawHeader } from './view-header.ts'
import { buildWall, labelIn, type Wall } from './wall-model.ts'

const store = createSnapshotStore()
const serverClock = createServerClock()
const announcer = createAnnouncer()
const states = new Map<string, FigureState>()
const query = new URLSearchParams(location.search)

let hello: HelloFrame = { buildId: '', demo: false, zone: 'UTC', labels: {}, intervalMs: 5_000 }
let zoneTime = createZoneTime(hello.zone, serverNow)
let marks: FeedMarks | null = null
let frameAtLocalMs: number | null = null
let isConnected = false

const root = document.querySelector<HTMLElement>('#wall') ?? document.body
const details = watchDetails(root, draw)

function serverNow(): number {
  return serverClock.now(Date.now())
}

function draw(): void {
  const nowMs = serverNow()
  const feed = judgeFeed({
    nowMs,
    frameAtMs: frameAtLocalMs === null ? null : serverClock.now(frameAtLocalMs),
    isConnected,
    marks,
    intervalMs: hello.intervalMs,
    demo: hello.demo,
  })
  const tenant = chooseTenant()
  const wall = buildWall(store, {
    tenant,
    labels: hello.labels,
    eventNowMs: tickingTime(feed, nowMs),
    isStale: feed.level === 'stale',
    states,
  })
  const siteName =
    labelIn(hello.labels.tenantId, tenant) ?? (tenant === 'default' ? 'Contact centre' : tenant)
  document.title = `${siteName}${hello.demo ? ' (demo data)' : ''} · Floorwatch`
  const header = drawHeader({ siteName, demo: hello.demo, zone: hello.zone, zoneTime, nowMs, feed })
  render(
    html`<div class="wall" data-feed=${feed.level}>
      ${header}
      <main>${drawFigures(wall, details.activeId())} ${drawDetails(findFigure(wall, details.activeId()), zoneTime)}</main>
      <p class="hidden" role="status" aria-live="polite">${announcer.next(announceFeed(feed, zoneTime), wall.headline)}</p>
    </div>`,
    root,
  )
  details.place()
}

/** Once stale, waits stand still with all the rest: whoever waited may long have been answered. */
function tickingTime(feed: FeedState, nowMs: number): number {
  const atMs = feed.level === 'stale' ? feed.sinceMs : nowMs
  return marks === null ? atMs : eventTimeAt(atMs, marks)
}

function chooseTenant(): string {
  const tenants = store.tenants()
  return query.get('tenant') ?? (tenants.includes('default') ? 'default' : (tenants[0] ?? 'default'))
}

function findFigure(wall: Wall, id: string | null): Wall['headline'][number] | undefined {
  const rows = [...wall.queues, ...wall.tickets.flatMap((group) => group.rows)]
  const figures = [...wall.headline, ...wall.secondary, ...rows.flatMap((row) => row.figures)]
  return figures.find((figure) => figure.id === id)
}

function takeMarks(next: FeedMarks): void {
  frameAtLocalMs = Date.now()
  serverClock.note(next.serverAtMs, frameAtLocalMs)
  marks = next
}

function greet(next: HelloFrame): void {
  if (hello.buildId !== '' && hello.buildId !== next.buildId) location.reload()
  hello = next
  zoneTime = createZoneTime(hello.zone, serverNow)
}

/** Draws at each full second of the server's clock, so that all ticking figures step together. */
function drawEachSecond(): void {
  draw()
  setTimeout(drawEachSecond, 1_000 - (serverNow() % 1_000))
}

const theme = query.get('theme')
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme

connectFeed({
  onHello: greet,
  onSnapshots(frame) {
    store.take(frame)
    takeMarks(frame.marks)
    draw()
  },
  onPing(frame) {
    takeMarks(frame.marks)
  },
  onConnection(connected) {
    isConnected = connected
    draw()
  },
})
drawEachSecond()
