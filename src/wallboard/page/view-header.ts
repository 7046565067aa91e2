import { html, nothing, type TemplateResult } from 'lit-html'
import type { FeedState } from './feed-state.ts'
import { formatAge, type ZoneTime } from './formats.ts'

export type HeaderView = {
  readonly siteName: string
  readonly demo: boolean
  readonly zone: string
  readonly zoneTime: ZoneTime
  readonly nowMs: number
  readonly feed: FeedState
}

export function drawHeader(view: HeaderView): TemplateResult {
  return html`<header class="header">
    <div class="site">
      <h1>${view.siteName}</h1>
      ${view.demo ? html`<span class="demo">DEMO DATA</span>` : nothing}
    </div>
    <p class="feed" data-level=${view.feed.level} data-cause=${view.feed.cause}>
      <span class="feed-word"><span class="lamp" aria-hidden="true"></span>${describeFeed(view.feed, view.zoneTime)}</span>
      <span class="feed-cause">${causeTexts[view.feed.cause]}</span>
    </p>
    <p class="clock"><time>${view.zoneTime.time(view.nowMs)}</time> <span class="zone">${view.zone}</span></p>
  </header>`
}

const causeTexts: Readonly<Record<FeedState['cause'], string>> = {
  none: '',
  server: 'This screen has lost the server. It keeps trying.',
  processor: 'The processor is down or stands still: the server gets no new numbers.',
  sources: 'The sources are silent: the processor runs, but no events reach it.',
  'catching-up': 'The processor is catching up: these are numbers of the past.',
}

function describeFeed(feed: FeedState, zoneTime: ZoneTime): string {
  switch (feed.level) {
    case 'starting':
      return 'waiting for the first numbers'
    case 'live':
      return `live · ${formatAge(feed.ageMs)} ago`
    case 'delayed':
      return `delayed ${formatAge(feed.ageMs)}`
    case 'stale':
      return `STALE since ${zoneTime.moment(feed.sinceMs)}`
  }
}

/** What a screen reader is told when the state changes; the age that ticks is left out. */
export function announceFeed(feed: FeedState, zoneTime: ZoneTime): string {
  const word = feed.level === 'stale' ? describeFeed(feed, zoneTime) : feed.level
  return `Numbers are ${word}. ${causeTexts[feed.cause]}`.trim()
}
