import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy that can withhold a server's replies and cut connections. */
export type CuttingProxy = {
  readonly url: string
  /** From here on replies wait; requests still arrive. */
  holdReplies(): void
  /** Delivers what waits and passes what follows. */
  releaseReplies(): void
  /** Ends every connection, with what waits; new ones are accepted. */
  cut(): void
  close(): Promise<void>
}

export const startCuttingProxy = async (target: URL): Promise<CuttingProxy> => {
  const sockets = new Set<Socket>()
  let waiting: (() => void)[] | null = null
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (waiting === null) client.write(bytes)
      else waiting.push(() => client.write(bytes))
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  const port = await listen(server)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    holdReplies: () => {
      waiting = []
    },
    releaseReplies: () => {
      for (const deliver of waiting ?? []) deliver()
      waiting = null
    },
    cut,
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const listen = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a proxy without a port')
  return address.port
}
