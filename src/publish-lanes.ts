import { isRetriable } from './errors.ts'
import type { Desk } from './publish-desk.ts'
import { followSending, type Sending } from './publish-sending.ts'

/**
 * Current windows go out in two lanes beside each other, one send at a time in each, so that what few scopes say does not wait
 * for what many do, as long as sends come through: what fails is tried again after pauses that hold for both. A key stands in
 * one lane at a time: its desk is under way there until the answer has come.
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
  /** Nothing that failed has still to be sent again. */
  isWhole(): boolean
  /** Sends that came through and left it whole. */
  readonly sendCount: () => number
  /** What failed is wanted no more. */
  reset(): void
}

export type LaneLoad = { readonly desks: ReadonlySet<Desk>; readonly startMs: number }

/** The urgent one first. */
export const sendLanes = ['urgent', 'bulk'] as const
export type SendLane = (typeof sendLanes)[number]

type UnderWay = { readonly sending: Sending; readonly desks: ReadonlySet<Desk>; isWanted: boolean }

export const createPublishLanes = (): PublishLanes => {
  const underWay = new Map<SendLane, UnderWay>()
  /** By desk, since it may go out in the other lane next; `urgent`: what is no desk's. */
  const failed = new Set<Desk | SendLane>()
  let sendCount = 0
  return {
    isFree: (lane) => !underWay.has(lane),
    holds: (desk) => [...underWay.values()].some(({ desks }) => desks.has(desk)),
    begin: (lane, sent, { desks, startMs }) => {
      underWay.set(lane, { sending: followSending(sent, startMs), desks, isWanted: true })
    },
    settle: (nowMs) => {
      const errors: unknown[] = []
      for (const lane of sendLanes) {
        const { sending, desks = [], isWanted } = underWay.get(lane) ?? {}
        if (!sending?.isOver()) continue
        underWay.delete(lane)
        const failure = sending.failure()
        if (failure) errors.push(failure.error)
        for (const part of lane === 'urgent' ? [lane, ...desks] : desks)
          if (!failure) failed.delete(part)
          else if (isWanted) failed.add(part)
        if (failed.size === 0 && !failure) sendCount += 1
      }
      if (errors.length > 0) throw errors.find((error) => !isRetriable(error)) ?? errors[0]
      for (const { sending } of underWay.values()) sending.watch(nowMs)
    },
    flush: async () => {
      const sendings = [...underWay.values()].map(({ sending }) => sending)
      await Promise.all(sendings.map(({ ended }) => ended))
      return sendings.map((sending) => sending.failure()).find((failure) => failure !== undefined)
    },
    sendCount: () => sendCount,
    isWhole: () => failed.size === 0,
    reset: () => {
      failed.clear()
      for (const one of underWay.values()) one.isWanted = false
    },
  }
}
