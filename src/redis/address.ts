/** What a `redis.url` names: one server, the nodes of a cluster, or the Sentinels that know which server is the master. */
export type RedisAddress = {
  readonly kind: 'server' | 'cluster' | 'sentinel'
  readonly hosts: readonly RedisHost[]
  readonly isSecure: boolean
  readonly username?: string
  readonly password?: string
  /** The master's name among the Sentinels. */
  readonly masterName?: string
}

export type RedisHost = { readonly host: string; readonly port: number }

const portByKind = { server: 6379, cluster: 6379, sentinel: 26_379 } as const
const pattern = /^redis(s?)(?:-(cluster|sentinel))?:\/\/(?:(.*)@)?([^/?]+)(?:\/([^/?]+))?/

/** `redis[s]://host`, `redis[s]-cluster://host:port,host:port`, `redis[s]-sentinel://host:port,host:port/master`. */
export const parseAddress = (url: string): RedisAddress => {
  const found = pattern.exec(url)
  if (found === null) throw new Error('the configuration lets no such redis.url pass')
  const [, secure, given, credentials, hosts = '', path] = found
  const kind = given === 'cluster' || given === 'sentinel' ? given : 'server'
  const [username = '', password = ''] = (credentials ?? '').split(':').map(decodeURIComponent)
  return {
    kind,
    hosts: hosts.split(',').map((host) => parseHost(host, portByKind[kind])),
    isSecure: secure === 's',
    ...(password === '' ? {} : { username: username || 'default', password }),
    ...(kind === 'sentinel' && path !== undefined ? { masterName: decodeURIComponent(path) } : {}),
  }
}

const parseHost = (text: string, defaultPort: number): RedisHost => {
  const { hostname, port } = new URL(`redis://${text}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) }
}

/** Host and port only: credentials in the URL stay out of messages and logs. */
export const describeUrl = (url: string): string =>
  url
    .replace(/^[a-z-]+:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/[/?].*$/, '')
