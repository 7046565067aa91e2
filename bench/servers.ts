import { provideServer, type ServerKind } from '../test/support/servers/ladder.ts'

type Provided = Awaited<ReturnType<typeof provideServer>>

/** Real servers, each started when first asked for; `stop` ends those that were. */
export type BenchServers = {
  brokers(): Promise<readonly string[]>
  redisUrl(): Promise<string>
  stop(): Promise<void>
}

export const createServers = (): BenchServers => {
  const running = new Map<ServerKind, Promise<Provided>>()
  const addressOf = async (kind: ServerKind): Promise<string> => {
    const server = running.get(kind) ?? provideServer(kind)
    running.set(kind, server)
    return (await server).address
  }
  return {
    brokers: async () => (await addressOf('kafka')).split(','),
    redisUrl: () => addressOf('redis'),
    stop: async () => {
      for (const server of running.values()) await (await server).stop()
      running.clear()
    },
  }
}
