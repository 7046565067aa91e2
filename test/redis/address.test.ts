import { expect, it } from 'vitest'
import { configSchema } from '../../src/config-schema.ts'
import { describeUrl, parseAddress } from '../../src/redis/address.ts'

it.each([
  ['redis://localhost:6379', 'server', ['localhost:6379']],
  ['rediss://floor:s3%40cret@cache.example:7000/0', 'server', ['cache.example:7000']],
  ['redis-cluster://a:1,b:2,c', 'cluster', ['a:1', 'b:2', 'c:6379']],
  ['rediss-cluster://:pass@a:1,[::1]:2', 'cluster', ['a:1', '::1:2']],
  ['redis-sentinel://floor:s3%40cret@a:1,b/main', 'sentinel', ['a:1', 'b:26379']],
])('%s passes the configuration and names %s', (url, kind, hosts) => {
  expect(configSchema.parse({ redis: { url } }).redis.url).toBe(url)
  const address = parseAddress(url)
  expect([address.kind, address.hosts.map(({ host, port }) => `${host}:${port}`)]).toEqual([kind, hosts])
  expect(address.isSecure).toBe(url.startsWith('rediss'))
})

it('user and password are read, and left out of what is said', () => {
  const url = 'redis-sentinel://floor:s3%40cret@a:1,b:2/main'
  expect(parseAddress(url)).toMatchObject({ username: 'floor', password: 's3@cret', masterName: 'main' })
  expect(describeUrl(url)).toBe('a:1,b:2')
})

it.each(['localhost:6379', 'redis://a:1,b:2', 'http://a:1', 'redis-sentinel://a:1,b:2', 'redis://'])(
  '%s is refused with what to write',
  (url) => {
    const parsed = configSchema.safeParse({ redis: { url } })
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining('redis-sentinel://host:port,…/master'),
    ])
  },
)
