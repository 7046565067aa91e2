import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export type FakeRegistry = {
  readonly url: string
  /** Paths asked for, in order. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** A registry on localhost that answers as it is told, for the failures that a real one cannot be brought to. */
export async function startFakeRegistry(answer: RequestListener): Promise<FakeRegistry> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
