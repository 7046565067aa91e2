import { type Agent, changeState, createAgent, sendOnBreak } from './agents.ts'
import type { Call, Queue, Site } from './call.ts'
import { HALF_HOUR_MS } from './curve.ts'
import type { QueueRow } from './profiles.ts'
import { hashToUnit } from './random.ts'
import { countAgentsNeeded } from './staffing.ts'
import { after, loadAt, type World } from './world.ts'

type Serve = (agent: Agent, queue: Queue) => void
type DutyPlan = { readonly wanted: number; readonly serve: Serve }

/** Mean load above which another site is opened. */
const siteErlangs = 55
const pooledErlangs = 14
const stintMs = 105 * 60_000
const target = 0.8
const thresholdMs = 20_000
/** Ringing, transfers and declined alerts on top of talk and wrap. */
const overheadMs = 9_000
const lognormalMean = 1.2

export function createFloor(world: World, callsPerSecond: number): readonly Site[] {
  const { queues } = world.profile
  const weight = queues.reduce((sum, row) => sum + row.callWeight, 0)
  const load = queues.reduce(
    (sum, row) => sum + (callsPerSecond * row.callWeight * handleMs(row)) / weight,
    0,
  )
  const count = Math.max(1, Math.ceil(load / 1000 / siteErlangs))
  return Array.from({ length: count }, (_, number) =>
    createSite(queues, number, callsPerSecond / count / weight),
  )
}

/** Plans every half hour who is on duty; `serve` hears of each agent who comes free. */
export function openSite(world: World, site: Site, serve: Serve): void {
  const plan = (): void => {
    planHalfHour(world, site, serve)
    const { nowMs } = world.agenda
    after(world, (Math.floor(nowMs / HALF_HOUR_MS) + 1) * HALF_HOUR_MS - nowMs, plan)
  }
  plan()
}

/** The longest free agent who may take the queue's calls. */
export function takeIdleAgent(queue: Queue): Agent | undefined {
  const own = queue.idle.shift()
  if (own !== undefined) return own
  if (queue.site.isPooled) return queue.site.queues.find((other) => other.idle.length > 0)?.idle.shift()
  const before = neighbour(queue, -1)
  const place = before.idle.findIndex((agent) => agent.isCrossTrained)
  return place === -1 ? undefined : before.idle.splice(place, 1)[0]
}

/** The waiting call an agent of the queue takes next, taken out of its queue. */
export function takeWaitingCall(agent: Agent, queue: Queue): Call | undefined {
  if (queue.site.isPooled) return takeOldest(queue.site.queues)
  if (queue.waiting.length > 0) return queue.waiting.shift()
  return agent.isCrossTrained ? neighbour(queue, 1).waiting.shift() : undefined
}

export function removeWaitingCall(queue: Queue, call: Call): void {
  const place = queue.waiting.indexOf(call)
  if (place !== -1) queue.waiting.splice(place, 1)
}

/** Who is free at this place now: the agent, a relief while the agent is on a break, or nobody when the plan says so. */
export function releaseAgent(world: World, agent: Agent, queue: Queue): Agent | undefined {
  if (queue.surplusCount > 0) {
    queue.surplusCount--
    signOff(world, agent, queue)
    return undefined
  }
  const relief = world.agenda.nowMs - agent.signedOnAtMs > stintMs ? takeRelief(queue) : undefined
  if (relief !== undefined) {
    queue.away.push(agent)
    sendOnBreak(world, agent)
    signOn(world, relief)
  }
  const free = relief ?? agent
  changeState(world, free, 'available')
  return free
}

export function neighbour(queue: Queue, step: 1 | -1): Queue {
  const { queues } = queue.site
  return queues[(queues.indexOf(queue) + step + queues.length) % queues.length] ?? queue
}

function createSite(rows: readonly QueueRow[], number: number, perWeight: number): Site {
  const queues: Queue[] = []
  const site: Site = { number, queues, isPooled: false }
  for (const [index, row] of rows.entries()) {
    const next = rows[(index + 1) % rows.length] ?? row
    queues.push({
      row,
      site,
      place: { home: row, next, site: number },
      perSecond: perWeight * row.callWeight,
      waiting: [],
      idle: [],
      away: [],
      onDutyCount: 0,
      surplusCount: 0,
    })
  }
  return site
}

function planHalfHour(world: World, site: Site, serve: Serve): void {
  const { nowMs } = world.agenda
  const load = loadAt(world, 'calls', nowMs + HALF_HOUR_MS / 2)
  const loads = site.queues.map((queue) => (load * queue.perSecond * handleMs(queue.row)) / 1000)
  const total = loads.reduce((sum, erlangs) => sum + erlangs, 0)
  site.isPooled = total < pooledErlangs
  const pooled = site.isPooled ? countAgents(world, site, total) : 0
  for (const [index, queue] of site.queues.entries()) {
    const own = loads[index] ?? 0
    const wanted = site.isPooled ? sharePool(pooled, loads, index) : countAgents(world, site, own)
    adjustDuty(world, queue, { wanted, serve })
  }
}

/** Now and then people are missing: a twentieth of the half hours is short by a tenth to a quarter. */
function countAgents(world: World, site: Site, loadErlangs: number): number {
  const halfHour = Math.floor(world.agenda.nowMs / HALF_HOUR_MS)
  const isShort = hashToUnit(world.seed, halfHour, site.number, 11) < 1 / 20
  const missing = isShort ? 0.1 + 0.15 * hashToUnit(world.seed, halfHour, site.number, 12) : 0
  const needed = countAgentsNeeded({ loadErlangs, handleMs: 330_000, thresholdMs, target })
  return Math.max(1, Math.round(needed * world.profile.staffingFactor * (1 - missing)))
}

function sharePool(pooled: number, loads: readonly number[], index: number): number {
  const total = loads.reduce((sum, erlangs) => sum + erlangs, 0)
  const upTo = (end: number): number =>
    Math.round((pooled * loads.slice(0, end).reduce((sum, erlangs) => sum + erlangs, 0)) / total)
  return upTo(index + 1) - upTo(index)
}

function adjustDuty(world: World, queue: Queue, { wanted, serve }: DutyPlan): void {
  const effective = queue.onDutyCount - queue.surplusCount
  const isOpening = queue.onDutyCount === 0 && queue.away.length === 0
  const recalled = Math.min(queue.surplusCount, Math.max(0, wanted - effective))
  queue.surplusCount -= recalled
  for (let missing = wanted - effective - recalled; missing > 0; missing--) {
    queue.onDutyCount++
    after(world, isOpening ? 0 : world.random() * 180_000, () => startShift(world, queue, serve))
  }
  queue.surplusCount += Math.max(0, effective - wanted)
  while (queue.surplusCount > 0) {
    const agent = queue.idle.shift()
    if (agent === undefined) break
    queue.surplusCount--
    signOff(world, agent, queue)
  }
}

function startShift(world: World, queue: Queue, serve: Serve): void {
  const agent = queue.away.shift() ?? createAgent(world, queue.place)
  signOn(world, agent)
  changeState(world, agent, 'available')
  serve(agent, queue)
}

function takeRelief(queue: Queue): Agent | undefined {
  const place = queue.away.findIndex((agent) => agent.state === 'offline')
  return place === -1 ? undefined : queue.away.splice(place, 1)[0]
}

/** Stints do not all end at once. */
function signOn(world: World, agent: Agent): void {
  agent.signedOnAtMs = world.agenda.nowMs + Math.floor(world.random() * 1_800_000)
}

function signOff(world: World, agent: Agent, queue: Queue): void {
  queue.onDutyCount--
  queue.away.push(agent)
  changeState(world, agent, 'offline')
}

function takeOldest(queues: readonly Queue[]): Call | undefined {
  let oldest: Queue | undefined
  for (const queue of queues) {
    const first = queue.waiting[0]
    if (first === undefined) continue
    const best = oldest?.waiting[0]
    if (best === undefined || first.queuedAtMs < best.queuedAtMs) oldest = queue
  }
  return oldest?.waiting.shift()
}

function handleMs(row: QueueRow): number {
  return (row.talkMs + row.wrapMs) * lognormalMean + overheadMs
}
