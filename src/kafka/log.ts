/** What kafkajs says, at the level it deserves: it calls ordinary rebalancing and loading coordinators errors. */
import type { LogEntry, logCreator } from 'kafkajs'

type Say = (fields: Readonly<Record<string, unknown>>, message: string) => void

/** Where the room says what happens; pino fits. */
export type KafkaLog = {
  readonly debug: Say
  readonly info: Say
  readonly warn: Say
  readonly error: Say
}

const errorLevel = 1
const warnLevel = 2

/** What a healthy group says while members come and go, brokers start, or the producer is set up as it should be. */
const ordinary = [
  /rebalanc/i,
  /coordinator/i,
  /not aware of this member/i,
  /leadership election/i,
  /not the leader/i,
  /does not host this topic-partition/i,
  /specified group generation id/i,
  /member needs to have a valid member id/i,
  /Limiting retries for the idempotent producer/i,
  /the consumer was closed before it joined/,
]

/** Each try of each connection in an outage; the outage itself is told once, by whoever meets it (`onOutage`, an error). */
const ofConnections = /^(Connection|ConnectionPool|BrokerPool|Cluster|Broker)\b/
const ofOutages = [/^Crash: KafkaJS/, /^Restarting the consumer in/]

/** The fields of kafkajs worth keeping; never keys, values or stacks. */
const keptFields = ['error', 'broker', 'clientId', 'groupId', 'topic', 'partition', 'retryCount', 'retryTime']

/** An outage makes kafkajs say the same several times a second: within this time it is debug. */
const repeatMs = 30_000
const remembered = 100

export function createLogCreator(log: KafkaLog): logCreator {
  const saidAtMs = new Map<string, number>()
  const isRepeat = (text: string) => {
    const now = Date.now()
    if (now - (saidAtMs.get(text) ?? Number.NEGATIVE_INFINITY) < repeatMs) return true
    if (saidAtMs.size >= remembered) saidAtMs.clear()
    saidAtMs.set(text, now)
    return false
  }
  return () => (entry) => {
    const level = levelOf(entry)
    const isQuiet = level === 'debug' || isRepeat(`${entry.namespace} ${entry.log.message}`)
    log[isQuiet ? 'debug' : level](fieldsOf(entry), 'the kafka client reports')
  }
}

function levelOf({ namespace, level, log }: LogEntry): keyof KafkaLog {
  const text = `${log.message} ${log.error ?? ''}`
  if (level > warnLevel || ofConnections.test(namespace)) return 'debug'
  if ([...ordinary, ...ofOutages].some((pattern) => pattern.test(text))) return 'debug'
  return level === errorLevel ? 'error' : 'warn'
}

function fieldsOf({ namespace, log }: LogEntry): Record<string, unknown> {
  const kept = Object.entries(log).filter(([name]) => keptFields.includes(name))
  return { ...Object.fromEntries(kept), namespace, said: log.message }
}
