import type { Desk } from './publish-desk.ts'
import { followSending, type Sending } from './publish-sending.ts'

/**
 * Current windows go out in two lanes beside each other, one send at a time in each, so that what few scopes say does not wait
 * for what many do. A key stands in one lane at a time: its desk is under way there until the answer has come.
 */
export type PublishLanes = {
  isFree(lane: SendLane): boolean
  /** Whether snapshots of the desk are under way. */
  holds(desk: Desk): boolean
  begin(lane: SendLane, sent: Promise<void>, of: LaneLoad): void
  /** Frees the lanes whose send is over, and throws what one of them failed with; looks after the others. */
  settle(nowMs: number): void
  /** Resolves when nothing is under way any more, with what went wrong if something did. */
  flush(): Promise<{ readonly error: unknown } | undefined>
  /** Sends that came through while no lane stood failed: while one does, what is out is not whole. */
  readonly sendCount: () => number
  /** What failed is wanted no more. */
  reset(): void
}

export type LaneLoad = { readonly desks: ReadonlySet<Desk>; readonly startMs: number }

/** The urgent one first. */
export const sendLanes = ['urgent', 'bulk'] as const
export type SendLane = (typeof sendLanes)[number]

type UnderWay = { readonly sending: Sending; readonly desks: ReadonlySet<Desk> }

export const createPublishLanes = (): PublishLanes => {
  const underWay = new Map<SendLane, UnderWay>()
  const failed = new Set<SendLane>()
  let sendCount = 0
  return {
    isFree: (lane) => !underWay.has(lane),
    holds: (desk) => [...underWay.values()].some(({ desks }) => desks.has(desk)),
    begin: (lane, sent, { desks, startMs }) => {
      underWay.set(lane, { sending: followSending(sent, startMs), desks })
    },
    settle: (nowMs) => {
      let failure: { readonly error: unknown } | undefined
      for (const lane of sendLanes) {
        const sending = underWay.get(lane)?.sending
        if (!sending?.isOver()) continue
        underWay.delete(lane)
        failure ??= sending.failure()
        if (sending.failure()) failed.add(lane)
        else failed.delete(lane)
        if (failed.size === 0) sendCount += 1
      }
      if (failure) throw failure.error
      for (const { sending } of underWay.values()) sending.watch(nowMs)
    },
    flush: async () => {
      const sendings = [...underWay.values()].map(({ sending }) => sending)
      await Promise.all(sendings.map(({ ended }) => ended))
      return sendings.map((sending) => sending.failure()).find((failure) => failure !== undefined)
    },
    sendCount: () => sendCount,
    reset: () => failed.clear(),
  }
}
