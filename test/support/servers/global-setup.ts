import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { provideServer, type ServerKind } from './ladder.ts'

const kinds: readonly ServerKind[] = ['kafka', 'redis', 'registry']

declare module 'vitest' {
  interface ProvidedContext {
    serversUrl: string
  }
}

/**
 * Servers start once in a test run, when the first test asks for one (`GET /kafka` answers its address): a run that needs none
 * starts none. They end after the last test; should this process die before, their supervisors see it and end them.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = new Map<ServerKind, ReturnType<typeof provideServer>>()
  const http = createServer(async (request, response) => {
    const kind = kinds.find((name) => request.url === `/${name}`)
    if (kind === undefined) {
      response.writeHead(404).end()
      return
    }
    const server = running.get(kind) ?? provideServer(kind)
    running.set(kind, server)
    try {
      response.end((await server).address)
    } catch (error) {
      response.writeHead(500).end((error as Error).message)
    }
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  project.provide('serversUrl', `http://127.0.0.1:${(http.address() as AddressInfo).port}`)
  return async () => {
    http.closeAllConnections()
    http.close()
    const started = await Promise.allSettled(running.values())
    for (const server of started) if (server.status === 'fulfilled') await server.value.stop()
  }
}
