import type { StoredSnapshot } from './snapshot-feed.ts'
import type { FeedMarks, HelloFrame, PingFrame } from './wire.ts'

/** Event-stream frames as bytes, made once and written to every client. Source: WHATWG HTML, server-sent events. */

export function encodeHello(hello: HelloFrame, retryMs: number): Buffer {
  return Buffer.from(`retry: ${retryMs}\n${field('hello', JSON.stringify(hello))}`)
}

export function encodePing(ping: PingFrame): Buffer {
  return Buffer.from(field('ping', JSON.stringify(ping)))
}

export type SnapshotsContent = {
  readonly full: boolean
  readonly marks: FeedMarks
  readonly set: readonly StoredSnapshot[]
  readonly gone: readonly string[]
}

/** `id` is the feed's version. */
export function encodeSnapshots(id: number, content: SnapshotsContent): Buffer {
  const set = content.set.map(({ key, json }) => `${JSON.stringify(key)}:${json}`).join(',')
  const marks = JSON.stringify(content.marks)
  const data = `{"full":${content.full},"marks":${marks},"set":{${set}},"gone":${JSON.stringify(content.gone)}}`
  return Buffer.from(`id: ${id}\n${field('snapshots', data)}`)
}

function field(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`
}
