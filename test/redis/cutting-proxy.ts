import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy to 127.0.0.1:`port` that can lose replies and cut connections. */
export type CuttingProxy = {
  readonly url: string
  /** From here on the server's replies vanish; requests still arrive. */
  swallowReplies(): void
  passReplies(): void
  /** Ends every connection; new ones are accepted. */
  cut(): void
  close(): Promise<void>
}

export const startCuttingProxy = async (port: number): Promise<CuttingProxy> => {
  const sockets = new Set<Socket>()
  let swallowing = false
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => {
      if (!swallowing) client.write(bytes)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `redis://127.0.0.1:${address.port}`,
    swallowReplies: () => {
      swallowing = true
    },
    passReplies: () => {
      swallowing = false
    },
    cut,
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
