import type { HelloFrame, PingFrame, SnapshotsFrame } from '../wire.ts'

export type FeedListener = {
  readonly onHello: (frame: HelloFrame) => void
  readonly onSnapshots: (frame: SnapshotsFrame) => void
  readonly onPing: (frame: PingFrame) => void
  readonly onConnection: (isConnected: boolean) => void
}

/** No frame for so many intervals and the connection counts as dead: a proxy may hold it open without an error. */
const silentIntervalsMax = 3

/** Keeps an event stream open, through errors, refusals and nights of sleep. */
export function connectFeed(listener: FeedListener): void {
  let stream: EventSource | undefined
  let frameAtMs = Date.now()
  let openAtMs = 0
  let intervalMs = 5_000

  const open = (): void => {
    stream?.close()
    frameAtMs = Date.now()
    openAtMs = Number.POSITIVE_INFINITY
    stream = new EventSource('/events')
    stream.onerror = () => {
      listener.onConnection(false)
      openAtMs = Date.now() + intervalMs * (0.5 + Math.random())
    }
    on<HelloFrame>('hello', (frame) => {
      intervalMs = frame.intervalMs
      openAtMs = Number.POSITIVE_INFINITY
      listener.onConnection(true)
      listener.onHello(frame)
    })
    on<SnapshotsFrame>('snapshots', listener.onSnapshots)
    on<PingFrame>('ping', listener.onPing)
  }

  const on = <Frame>(event: string, take: (frame: Frame) => void): void => {
    stream?.addEventListener(event, ({ data }: MessageEvent<string>) => {
      frameAtMs = Date.now()
      take(JSON.parse(data) as Frame)
    })
  }

  const watch = (): void => {
    const nowMs = Date.now()
    const isDead = nowMs - frameAtMs > silentIntervalsMax * intervalMs
    const isRefused = stream?.readyState === EventSource.CLOSED && nowMs > openAtMs
    if (isDead) listener.onConnection(false)
    if (isDead || isRefused) open()
  }

  open()
  setInterval(watch, 1_000)
  addEventListener('online', open)
}
