import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLink, type RedisLink } from '../../src/redis/client.ts'
import { redisUrl } from '../support/servers.ts'

/** A Sentinel in as far as ioredis asks it: where the master is, and to be told of its move. */
const startSentinel = async (master: URL) => {
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`
  const held: (() => void)[] = []
  const subscribers = new Set<Socket>()
  let isHolding = false
  const answer = (socket: Socket, words: readonly string[]): void => {
    switch (words.slice(0, 2).join(' ').toLowerCase()) {
      case 'sentinel get-master-addr-by-name': {
        const reply = () => socket.write(`*2\r\n${bulk(master.hostname)}${bulk(master.port)}`)
        if (isHolding) held.push(reply)
        else reply()
        return
      }
      case 'sentinel sentinels':
        socket.write('*0\r\n')
        return
      case 'subscribe +switch-master':
        subscribers.add(socket)
        socket.write(`*3\r\n${bulk('subscribe')}${bulk('+switch-master')}:1\r\n`)
        return
      default:
        socket.write('+OK\r\n')
    }
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      for (const command of data.toString().split(/(?=\*\d+\r\n)/))
        answer(
          socket,
          command.split('\r\n').filter((line) => line !== '' && !/^[*$]\d+$/.test(line)),
        )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hold: () => {
      isHolding = true
    },
    heldCount: () => held.length,
    subscriberCount: () => subscribers.size,
    tellMove: () => {
      for (const socket of subscribers)
        socket.write(`*3\r\n${bulk('message')}${bulk('+switch-master')}${bulk('m moved')}`)
    },
    release: () => {
      isHolding = false
      for (const reply of held.splice(0)) reply()
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

let sentinel: Awaited<ReturnType<typeof startSentinel>>
let link: RedisLink
let master: URL

beforeAll(async () => {
  master = new URL(await redisUrl())
  sentinel = await startSentinel(master)
  link = await openLink({
    url: `redis-sentinel://127.0.0.1:${sentinel.port}/m`,
    commandTimeoutMs: 5_000,
    logger: { debug: () => {} },
  })
})
afterAll(() => {
  link.close()
  sentinel.close()
})

it('R6: a move that Sentinels announce while they are asked for the master does not end the connection', async () => {
  await expect.poll(sentinel.subscriberCount).toBeGreaterThan(0)
  const id = await link.ask((client) => client.client('ID'))
  sentinel.hold()
  const admin = new Redis(master.href)
  await admin.client('KILL', 'ID', id)
  admin.disconnect()
  await expect.poll(sentinel.heldCount, { timeout: 5_000 }).toBeGreaterThan(0)
  sentinel.tellMove()
  await new Promise((resolve) => setTimeout(resolve, 100))
  sentinel.release()
  const answers = () => link.ask((client) => client.ping()).catch(String)
  await expect.poll(answers, { timeout: 10_000 }).toBe('PONG')
})
