import { type ErrorCode, FloorwatchError } from '../../src/errors.ts'
import type { Random } from '../../src/simulate/random.ts'
import type { Machine } from './machine.ts'
import type { Scheduler } from './scheduler.ts'

/** How often calls go wrong, each a share of all calls. */
export type LinkFaults = {
  /** Refused at once; nothing was done. */
  readonly refused: number
  /** The request never arrives. */
  readonly requestLost: number
  /** Done, but no reply comes. */
  readonly replyLost: number
  /** Done only after the caller has given up. */
  readonly requestLate: number
  /** The caller's process ends with the call under way, done or not. */
  readonly deadly: number
  /** The caller's machine freezes with the call under way. */
  readonly freezing: number
  /** The call takes long, though not too long. */
  readonly slow: number
}

export const noFaults: LinkFaults = {
  refused: 0,
  requestLost: 0,
  replyLost: 0,
  requestLate: 0,
  deadly: 0,
  freezing: 0,
  slow: 0,
}

/** Something that answers calls, up or out. A hung one answers when it comes back. */
export type Server = { readonly name: string; state: 'up' | 'refusing' | 'hung'; waiting: (() => void)[] }

export const createServer = (name: string): Server => ({ name, state: 'up', waiting: [] })

export const bringUp = (server: Server): void => {
  const { waiting } = server
  server.state = 'up'
  server.waiting = []
  for (const act of waiting) act()
}

export type Call<Answer> = {
  readonly what: string
  readonly act: () => Answer
  /** What is thrown where nothing was done, and where that is not known. */
  readonly codes: { readonly refused: ErrorCode; readonly doubt: ErrorCode }
}

/** A process's connection to a server. */
export type Link = { ask<Answer>(call: Call<Answer>): Promise<Answer> }

export type LinkOptions = {
  readonly scheduler: Scheduler
  readonly machine: Machine
  readonly server: Server
  readonly random: Random
  readonly faults: () => LinkFaults
  /** A reply that is later counts as lost. */
  readonly timeoutMs: number
}

const usualMs = 3
const latestMs = 20_000
/** Longer than the longest session. */
const frozenMaxMs = 60_000

export const createLink = (options: LinkOptions): Link => ({
  ask: (call) =>
    new Promise((resolve, reject) => {
      if (options.machine.isAlive()) makeCall(options, call, { resolve, reject })
    }),
})

type Settling<Answer> = {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

const makeCall = <Answer>(options: LinkOptions, call: Call<Answer>, settling: Settling<Answer>): void => {
  const { scheduler, machine, server, random, timeoutMs } = options
  const fate = drawFate(options)
  const where = `${machine.name} ${server.name} ${call.what}`
  let stopTimer = () => {}
  let isSettled = false
  const settle = (act: () => void) =>
    machine.deliver(() => {
      if (isSettled) return
      isSettled = true
      stopTimer()
      act()
    })
  const fail = (code: ErrorCode) => () => settle(() => settling.reject(new FloorwatchError(code, where)))
  stopTimer = scheduler.after(timeoutMs, () => {
    scheduler.note(`${where}: no reply`)
    fail(call.codes.doubt)()
  })
  if (fate.isDeadly) machine.kill()
  if (fate.frozenMs > 0) {
    machine.freeze()
    scheduler.after(fate.frozenMs, machine.wake)
  }
  if (fate.isRefused) {
    scheduler.after(fate.requestMs, fail(call.codes.refused))
    return
  }
  if (fate.isRequestLost) return
  const serve = () => {
    const answer = attempt(call.act)
    scheduler.note(`${where}: ${answer.ok ? 'done' : answer.error}${fate.isReplyLost ? ', reply lost' : ''}`)
    if (fate.isReplyLost) return
    scheduler.after(fate.replyMs, () =>
      settle(() => (answer.ok ? settling.resolve(answer.value) : settling.reject(answer.error))),
    )
  }
  scheduler.after(fate.requestMs, () => {
    if (server.state === 'refusing') fail(call.codes.refused)()
    else if (server.state === 'hung') server.waiting.push(() => scheduler.after(random() * usualMs, serve))
    else serve()
  })
}

const attempt = <Answer>(
  act: () => Answer,
): { readonly ok: true; readonly value: Answer } | { readonly ok: false; readonly error: unknown } => {
  try {
    return { ok: true, value: act() }
  } catch (error) {
    return { ok: false, error }
  }
}

const drawFate = ({ random, faults, timeoutMs }: LinkOptions) => {
  const { refused, requestLost, replyLost, requestLate, deadly, freezing, slow } = faults()
  const isDeadly = random() < deadly
  const isLate = random() < requestLate
  const slowMs = random() < slow ? random() * timeoutMs : 0
  return {
    isDeadly,
    frozenMs: random() < freezing ? random() * frozenMaxMs : 0,
    isRefused: random() < refused,
    isRequestLost: random() < (isDeadly ? 0.5 : requestLost),
    isReplyLost: random() < replyLost,
    requestMs: isLate ? timeoutMs + random() * latestMs : random() * usualMs + slowMs / 2,
    replyMs: random() * usualMs + slowMs / 2,
  }
}
