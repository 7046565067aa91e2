import { afterEach, expect, it } from 'vitest'
import { openLink, type RedisLink } from '../../src/redis/client.ts'
import { redisUrl } from '../support/servers.ts'

let link: RedisLink | undefined
afterEach(() => link?.close())

const openClient = async () => {
  link = await openLink({
    url: await redisUrl(),
    commandTimeoutMs: 5_000,
    logger: { debug: () => {} },
  })
  return link.client
}

it('R11: replies come in the shapes of RESP2, whatever the library takes by default', async () => {
  const client = await openClient()
  const listed = String(await client.client('INFO'))
  // Redis says so from 7.0 on.
  expect(listed).toMatch(/ resp=2( |\n|$)/)
  expect(await client.callBuffer('HGETALL', 'no-such-hash')).toEqual([])
})

it('R8 R9: commands of one tick are sent one by one, never as a pipeline of which a part may apply', async () => {
  const client = await openClient()
  expect(client.options.enableAutoPipelining).toBe(false)
})
