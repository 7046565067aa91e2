import { createRandom, drawInteger, type Random } from '../../src/simulate/random.ts'
import { inputTopics } from '../../src/topic-names.ts'
import { drawOne } from './draw.ts'
import { bringUp, type Server } from './link.ts'
import type { Act, FaultKind } from './plan.ts'
import { type SimulatedProcess, startProcess } from './process.ts'
import type { World } from './world.ts'

/** The processes of a history: who ends is started again. */
export type Fleet = {
  readonly world: World
  readonly running: Map<string, SimulatedProcess>
  started: number
  readonly wanted: number
}

const second = 1_000
const restartMs = 20 * second

export const createFleet = (world: World): Fleet => {
  const fleet: Fleet = { world, running: new Map(), started: 0, wanted: world.plan.processes }
  for (let number = 0; number < fleet.wanted; number++) startOne(fleet)
  return fleet
}

const startOne = (fleet: Fleet): void => {
  const { world, running } = fleet
  const name = `p${fleet.started++}`
  const started = startProcess(world, name)
  running.set(name, started)
  started.machine.onEnd(() => {
    running.delete(name)
    world.scheduler.after(world.random() * restartMs, () => {
      if (running.size < fleet.wanted) startOne(fleet)
    })
  })
}

/** Faults of the plan's kinds at instants of an act, and a few in the quiet after it. */
export const scheduleFaults = (fleet: Fleet, act: Act): void => {
  const { plan, scheduler } = fleet.world
  const random = createRandom(plan.seed, `faults ${act.fromMs}`)
  for (let count = 0; count < plan.faultCount; count++) {
    const kind = drawOne(random, plan.faults)
    const isInQuiet = random() < 0.1
    const atMs = act.fromMs + (isInQuiet ? act.lastsMs * (1 + random()) : act.lastsMs * random())
    scheduler.after(atMs - scheduler.now(), () => strike(fleet, kind, random))
  }
}

const strike = (fleet: Fleet, kind: FaultKind, random: Random): void => {
  const { world } = fleet
  if (world.isCalm) return
  world.scheduler.note(`fault: ${kind}`)
  const hit = drawOne(random, [...fleet.running.values()])
  const lastsMs = durationMs(random)
  switch (kind) {
    case 'kill':
      hit?.machine.kill()
      break
    case 'stop':
      hit?.stop()
      break
    case 'freeze':
      freezeFor(world, hit, lastsMs)
      break
    case 'redis-refuses':
    case 'redis-hangs':
      takeOut(world, world.redis.server, { state: kind === 'redis-hangs' ? 'hung' : 'refusing', lastsMs })
      break
    case 'redis-loses-tail':
      world.redis.loseTail(random() * 2 * second)
      break
    case 'redis-emptied':
      world.redis.flush()
      break
    case 'kafka-refuses':
    case 'kafka-hangs':
      takeOut(world, world.kafka, { state: kind === 'kafka-hangs' ? 'hung' : 'refusing', lastsMs })
      break
    case 'rebalance':
      world.group.rebalance()
      break
    case 'cut-off':
      if (hit) world.cuts.set(hit.machine.name, world.scheduler.now() + lastsMs)
      break
    case 'clog':
      clog(world, random, lastsMs)
      break
    case 'process-joins':
      startOne(fleet)
      break
    case 'hints-lost':
      world.hints.clear()
  }
}

const durationMs = (random: Random): number =>
  drawOne(random, [second, 10 * second, 60 * second]) * (0.2 + random())

const freezeFor = ({ scheduler }: World, hit: SimulatedProcess | undefined, lastsMs: number): void => {
  hit?.machine.freeze()
  scheduler.after(lastsMs, () => hit?.machine.wake())
}

type Outage = { readonly state: Server['state']; readonly lastsMs: number }

const takeOut = ({ scheduler }: World, server: Server, { state, lastsMs }: Outage): void => {
  if (server.state !== 'up') return
  server.state = state
  scheduler.after(lastsMs, () => bringUp(server))
}

const clog = ({ clogs, scheduler, plan }: World, random: Random, lastsMs: number): void => {
  const topic = drawOne(random, inputTopics)
  clogs.set(`${topic}-${drawInteger(random, plan.partitions)}`, scheduler.now() + lastsMs)
}

/** Everything is up again and stays up; only what is under way may still arrive late. */
export const endFaults = (fleet: Fleet): void => {
  const { world, running } = fleet
  world.scheduler.note('calm')
  world.isCalm = true
  bringUp(world.redis.server)
  bringUp(world.kafka)
  world.clogs.clear()
  world.cuts.clear()
  for (const { machine } of running.values()) machine.wake()
  while (running.size < fleet.wanted) startOne(fleet)
}
