import { setTimeout as sleep } from 'node:timers/promises'
import { goalOf } from './goals.ts'
import { untilShared } from './group.ts'
import { feedLive, type LiveStream, offeredPlaces, retime } from './live.ts'
import { type Measured, startProduct, waitFor } from './processes.ts'
import { type Result, summarise } from './results.ts'
import { openLog, openRig, type Rig } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { makeStream } from './streams.ts'

/**
 * Two processes under load; one is ended by SIGKILL. Right again: a snapshot of the whole tenant is fresh, and counts every
 * call queued before its as-of. The session timeout, which the group waits before it believes the death, is taken off.
 */

const perSecond = 300
const sessionTimeoutMs = 6_000
const kills = 3
const freshMs = 1_500
const settleMs = 5_000

export const measureTakeover = async (servers: BenchServers): Promise<readonly Result[]> => {
  const log = await openLog(servers)
  const rig = await openRig(log, servers, {
    kafka: { sessionTimeoutMs },
    publish: [{ scopes: [[]], windows: ['total'], metrics: ['callsOffered'], everyMs: 250 }],
  })
  let processes = [startProduct(rig.configFile), startProduct(rig.configFile)]
  let isStopped = false
  try {
    await untilShared(rig, processes)
    const live = retime(makeStream({ eventsPerSecond: 200, records: perSecond * 180 }, Date.now()), {
      startAtMs: Date.now(),
      perSecond,
    })
    const fed = feedLive(log, live, { sentAtMs: [], isStopped: () => isStopped })
    const times: number[] = []
    for (let kill = 0; kill < kills; kill++) {
      await sleep(settleMs)
      const [victim, survivor] = processes as [Measured, Measured]
      times.push(await timeTakeover(rig, live, { victim, survivor }))
      processes = [survivor, startProduct(rig.configFile)]
      await untilShared(rig, processes)
    }
    isStopped = true
    await fed
    return [summarise(goalOf('takeover'), times)]
  } finally {
    isStopped = true
    for (const one of processes) await one.kill()
    await rig.close()
    await log.close()
  }
}

type Pair = { readonly victim: Measured; readonly survivor: Measured }

/** Seconds beyond the session timeout. */
const timeTakeover = async (rig: Rig, live: LiveStream, { victim, survivor }: Pair): Promise<number> => {
  const queuedMs = offeredPlaces(live).map((place) => live.atMs(place))
  const killedMs = Date.now()
  await victim.kill('SIGKILL')
  const rightMs = await waitFor(
    async () => {
      const nowMs = Date.now()
      const snapshot = await rig.latest('default||total')
      if (!snapshot || nowMs < killedMs + 2 * freshMs) return undefined
      const asOfMs = Date.parse(snapshot.asOf)
      const count = snapshot.metrics.callsOffered?.value ?? 0
      // A total is read at each shard's own as-of, which is the snapshot's or later.
      const isRight = count >= countBefore(queuedMs, asOfMs) && count <= countBefore(queuedMs, nowMs)
      return nowMs - asOfMs <= freshMs && isRight ? nowMs : undefined
    },
    { timeoutMs: 60_000, everyMs: 25, of: [survivor] },
  )
  console.log(`  right again ${rightMs - killedMs} ms after SIGKILL; session timeout ${sessionTimeoutMs} ms`)
  return (rightMs - killedMs - sessionTimeoutMs) / 1_000
}

const countBefore = (instants: readonly number[], endMs: number): number =>
  instants.filter((atMs) => atMs < endMs).length
