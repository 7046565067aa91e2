import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import kafkajs from 'kafkajs'

/**
 * A way to the brokers on which record batches of one instant come under another codec than they were written with. Brokers take
 * no batch of an unknown codec from a producer (4.1 answers UNKNOWN_SERVER_ERROR), so that one they took is changed as it is read.
 */
export type CodecProxy = { readonly brokers: readonly string[]; close(): Promise<void> }

export type SpoiltBatch = { readonly firstTimestampMs: number; readonly codec: number }

type Broker = { readonly host: string; readonly port: number }
type Rewrite = (response: Buffer) => Buffer

export const startCodecProxy = async (
  addresses: readonly string[],
  batch: SpoiltBatch,
): Promise<CodecProxy> => {
  const brokers = await describeBrokers(addresses)
  const sockets = new Set<Socket>()
  const ways: { readonly to: Broker; readonly port: number; readonly close: () => void }[] = []
  const rewrite: Rewrite = (response) =>
    ways.reduce((bytes, { to, port }) => redirect(bytes, to, port), spoil(response, batch))
  for (const to of brokers) {
    const server = createServer((client) =>
      pass({ client, upstream: connect(to.port, to.host), sockets, rewrite }),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ways.push({ to, port: (server.address() as AddressInfo).port, close: () => server.close() })
  }
  return {
    brokers: ways.map(({ port }) => `${ownHost}:${port}`),
    close: async () => {
      for (const { close } of ways) close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const ownHost = '127.0.0.1'

const describeBrokers = async (addresses: readonly string[]): Promise<readonly Broker[]> => {
  const admin = new kafkajs.Kafka({ brokers: [...addresses], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return (await admin.describeCluster()).brokers
  } finally {
    await admin.disconnect()
  }
}

type Passing = {
  readonly client: Socket
  readonly upstream: Socket
  readonly sockets: Set<Socket>
  readonly rewrite: Rewrite
}

const pass = ({ client, upstream, sockets, rewrite }: Passing): void => {
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  client.on('data', (bytes) => upstream.write(bytes))
  let rest: Buffer = Buffer.alloc(0)
  upstream.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (let length = lengthOf(rest); length <= rest.length; length = lengthOf(rest)) {
      const response = rewrite(rest.subarray(sizeBytes, length))
      const size = Buffer.alloc(sizeBytes)
      size.writeInt32BE(response.length)
      client.write(Buffer.concat([size, response]))
      rest = rest.subarray(length)
    }
  })
}

const sizeBytes = 4

/** Of the first response in it, its size included. */
const lengthOf = (bytes: Buffer): number =>
  bytes.length < sizeBytes ? Number.POSITIVE_INFINITY : sizeBytes + bytes.readInt32BE(0)

/** Clients go on to where a broker says that it is. */
const redirect = (response: Buffer, { host, port }: Broker, ownPort: number): Buffer => {
  const said = encodeAddress(host, port)
  const parts: Buffer[] = []
  let from = 0
  for (let at = response.indexOf(said); at >= 0; at = response.indexOf(said, from)) {
    parts.push(response.subarray(from, at), encodeAddress(ownHost, ownPort))
    from = at + said.length
  }
  return Buffer.concat([...parts, response.subarray(from)])
}

const encodeAddress = (host: string, port: number): Buffer => {
  const bytes = Buffer.alloc(2 + Buffer.byteLength(host) + 4)
  bytes.writeInt16BE(Buffer.byteLength(host))
  bytes.write(host, 2)
  bytes.writeInt32BE(port, bytes.length - 4)
  return bytes
}

/** Places in the header of a record batch (format 2). */
const magicAt = 16
const attributesAt = 21
const firstTimestampAt = 27
const codecBits = 7

const spoil = (response: Buffer, { firstTimestampMs, codec }: SpoiltBatch): Buffer => {
  const mark = Buffer.alloc(8)
  mark.writeBigInt64BE(BigInt(firstTimestampMs))
  for (let at = response.indexOf(mark); at >= 0; at = response.indexOf(mark, at + 1)) {
    const start = at - firstTimestampAt
    if (start < 0 || response[start + magicAt] !== 2) continue
    const attributes = response.readInt16BE(start + attributesAt)
    response.writeInt16BE((attributes & ~codecBits) | codec, start + attributesAt)
  }
  return response
}
