import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '../src/core/events.ts'
import { latestKey } from '../src/redis/keys.ts'
import { type GoalId, goalOf } from './goals.ts'
import { untilCommitted, untilShared } from './group.ts'
import { feedLive, type LiveStream, retime } from './live.ts'
import { type Measured, startProduct, waitFor } from './processes.ts'
import { type Result, summarise } from './results.ts'
import { type Log, openLog, openRig, type Rig } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { type BenchRecord, makeStream, toRecord } from './streams.ts'

/** Two installations live at the same rate of events at the same time, one with more keys: the ratio of their CPU, window by window. */

const perSecond = 200
const warmUpMs = 10_000
const windowMs = 10_000
const windows = 3

type Variant = { readonly history: readonly BenchRecord[]; readonly alter: (event: Event) => Event }

export const measureKeys = (servers: BenchServers): Promise<readonly Result[]> =>
  compareVariants(servers, 'keys-x10', [
    { history: [], alter: (event) => withKeys(event, 1) },
    { history: [], alter: (event) => withKeys(event, 10) },
  ])

export const measureIdleScopes = (servers: BenchServers): Promise<readonly Result[]> =>
  compareVariants(servers, 'idle-scopes', [
    { history: [], alter: withTenQueues },
    { history: idleAgents(10_000, Date.now() - 3 * 3_600_000), alter: withTenQueues },
  ])

const agents = 500

/** Every key in so many copies; a subject keeps to its own. */
const withKeys = (event: Event, copies: number): Event => {
  const copy = numberOf(event) % copies
  const rename = (text: string | undefined) => (text === undefined ? {} : `${text}.${copy}`)
  const renamed: Record<string, unknown> = { ...event }
  for (const name of ['queueId', 'channel', 'teamId'] as const)
    if (event[name] !== undefined) renamed[name] = rename(event[name])
  if (event.agentId !== undefined) renamed.agentId = `agent-${hash(event.agentId) % agents}.${copy}`
  return renamed as Event
}

/** Ten scopes beside the whole tenant. */
const withTenQueues = (event: Event): Event => {
  const { channel, teamId, agentId, ...rest } = event
  return { ...rest, queueId: `queue-${numberOf(event) % 10}` } as Event
}

const numberOf = (event: Event): number => {
  const ids = event as {
    readonly callId?: string
    readonly ticketId?: string
    readonly conversationId?: string
  }
  return hash(ids.callId ?? ids.ticketId ?? ids.conversationId ?? event.eventId)
}

const hash = (text: string): number => {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) >>> 0
  return sum
}

/** One answered call each, long ago. */
const idleAgents = (count: number, atMs: number): readonly BenchRecord[] =>
  Array.from({ length: count }, (_, at): Event[] => {
    const common = {
      tenantId: 'default',
      callId: `idle-${at}`,
      queueId: 'idle',
      direction: 'inbound',
    } as const
    const agentId = `idle-${at}`
    const startMs = atMs + at
    return [
      { ...common, type: 'call.queued', eventId: '1', occurredAt: startMs },
      { ...common, type: 'call.answered', eventId: '2', occurredAt: startMs + 9_000, agentId },
      { ...common, type: 'call.ended', eventId: '3', occurredAt: startMs + 99_000 },
    ] as Event[]
  })
    .flat()
    .sort((a, b) => a.occurredAt - b.occurredAt)
    .map(toRecord)

type Running = { readonly log: Log; readonly rig: Rig; readonly product: Measured }

const compareVariants = async (
  servers: BenchServers,
  id: GoalId,
  variants: readonly [Variant, Variant],
): Promise<readonly Result[]> => {
  const running: Running[] = []
  let isStopped = false
  try {
    for (const variant of variants) running.push(await startVariant(servers, variant))
    const [plain, more] = running as [Running, Running]
    const feeding = running.map(({ log }, at) =>
      feedLive(log, liveOf(variants[at] as Variant), { sentAtMs: [], isStopped: () => isStopped }),
    )
    await sleep(warmUpMs)
    const ratios: number[] = []
    for (let window = 1; window <= windows; window++) {
      const before = [plain.product.cpuMs(), more.product.cpuMs()] as const
      await sleep(windowMs)
      const without = plain.product.cpuMs() - before[0]
      const withMore = more.product.cpuMs() - before[1]
      console.log(
        `  window ${window}: ${without.toFixed(0)} and ${withMore.toFixed(0)} ms of CPU in ${windowMs / 1_000} s`,
      )
      ratios.push(withMore / without)
    }
    isStopped = true
    await Promise.all(feeding)
    return [summarise(goalOf(id), ratios)]
  } finally {
    isStopped = true
    for (const { product, rig, log } of running) {
      await product.kill()
      await rig.close()
      await log.close()
    }
  }
}

const startVariant = async (servers: BenchServers, { history }: Variant): Promise<Running> => {
  const log = await openLog(servers)
  await log.write(history)
  const rig = await openRig(log, servers)
  const product = startProduct(rig.configFile)
  await untilShared(rig, [product])
  await untilCommitted(rig, [product], { records: history.length, timeoutMs: 60_000 })
  await untilAllPublished(rig, product)
  return { log, rig, product }
}

const quietMs = 5_000

/** What it costs to say for the first time what happened before is not what it costs that nothing happens. */
const untilAllPublished = async ({ redis, keyPrefix }: Rig, product: Measured): Promise<void> => {
  let keys = 0
  let grownAtMs = performance.now()
  await waitFor(
    async () => {
      const standing = await redis.zcard(latestKey(keyPrefix))
      if (standing > keys) grownAtMs = performance.now()
      keys = standing
      return performance.now() - grownAtMs > quietMs ? true : undefined
    },
    { timeoutMs: 240_000, of: [product] },
  )
}

const liveOf = ({ alter }: Variant): LiveStream => {
  const records = (perSecond * (warmUpMs + (windows + 1) * windowMs)) / 1_000
  const stream = makeStream({ eventsPerSecond: 200, records, alter }, Date.now())
  return retime(stream, { startAtMs: Date.now(), perSecond })
}
