import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy that can delay, slow down, withhold and swallow what passes it, and cut connections. */
export type FaultyProxy = {
  readonly port: number
  /** From here on replies wait, on connections that have asked what `isAsked` says (all by default); requests still arrive. */
  holdReplies(isAsked?: (request: Buffer) => boolean): void
  /** Delivers what waits and passes what follows. */
  releaseReplies(): void
  /** From here on requests wait, on connections from the first on that `isHeld` says of (any by default). */
  holdRequests(isHeld?: (request: Buffer) => boolean): void
  releaseRequests(): void
  /** Pieces that wait. */
  heldRequests(): number
  heldReplies(): number
  /** Each reply comes so much later; 0: at once. */
  delayReplies(byMs: number): void
  /** Replies of all connections together come no faster than this; Infinity: as they come. */
  limitReplies(bytesPerSecond: number): void
  /** Ends every connection, with what waits; new ones are accepted. */
  cut(): void
  close(): Promise<void>
}

/** One direction. What is under way keeps its order, whatever the delay and the speed become. */
type Gate = {
  waiting: (() => void)[] | null
  readonly underWay: (() => void)[]
  delayMs: number
  bytesPerSecond: number
  lastAtMs: number
}

const createGate = (): Gate => ({
  waiting: null,
  underWay: [],
  delayMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  lastAtMs: 0,
})

const pass = (gate: Gate, bytes: Buffer, deliver: () => void): void => {
  const nowMs = Date.now()
  const carriedMs = (bytes.length / gate.bytesPerSecond) * 1_000
  const atMs = Math.max(nowMs + gate.delayMs, gate.lastAtMs) + carriedMs
  if (atMs === nowMs && gate.underWay.length === 0) deliverOrHold(gate, deliver)
  else {
    gate.lastAtMs = atMs
    gate.underWay.push(deliver)
    setTimeout(() => deliverFirst(gate), atMs - nowMs)
  }
}

/** Timers do not keep the order in which they were set. */
const deliverFirst = (gate: Gate): void => {
  const deliver = gate.underWay.shift()
  if (deliver) deliverOrHold(gate, deliver)
}

const deliverOrHold = ({ waiting }: Gate, deliver: () => void): void => {
  if (waiting === null) deliver()
  else waiting.push(deliver)
}

const hold = (gate: Gate): void => {
  gate.waiting ??= []
}

const release = (gate: Gate): void => {
  const { waiting } = gate
  gate.waiting = null
  for (const deliver of waiting ?? []) deliver()
}

/** `port`: where it listens; any free one by default. */
export const startProxy = async (target: Target, port = 0): Promise<FaultyProxy> => {
  const sockets = new Set<Socket>()
  const requests = createGate()
  const replies = createGate()
  let isWithheld = (_request: Buffer): boolean => true
  let isHeldBack = (_request: Buffer): boolean => true
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    let hasAsked = false
    let isHeld = false
    client.on('data', (bytes) => {
      hasAsked = replies.waiting !== null && (hasAsked || isWithheld(bytes))
      isHeld = requests.waiting !== null && (isHeld || isHeldBack(bytes))
      const deliver = () => upstream.write(bytes)
      if (requests.waiting !== null && !isHeld) deliver()
      else pass(requests, bytes, deliver)
    })
    upstream.on('data', (bytes) => {
      const deliver = () => client.write(bytes)
      if (replies.waiting !== null && !hasAsked) deliver()
      else pass(replies, bytes, deliver)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  const listeningAt = await listen(server, port)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: listeningAt,
    holdReplies: (isAsked = () => true) => {
      isWithheld = isAsked
      hold(replies)
    },
    releaseReplies: () => release(replies),
    holdRequests: (isHeld = () => true) => {
      isHeldBack = isHeld
      hold(requests)
    },
    releaseRequests: () => release(requests),
    heldRequests: () => requests.waiting?.length ?? 0,
    heldReplies: () => replies.waiting?.length ?? 0,
    delayReplies: (byMs) => {
      replies.delayMs = byMs
    },
    limitReplies: (bytesPerSecond) => {
      replies.bytesPerSecond = bytesPerSecond
    },
    cut,
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Target = { readonly host: string; readonly port: number }

const listen = async (server: Server, port: number): Promise<number> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a proxy without a port')
  return address.port
}
