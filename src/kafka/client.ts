import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs'
import { doctorRemedy, FloorwatchError } from '../errors.ts'
import { type CodecLimits, registerCodecs } from './codecs.ts'
import { stopIdleTimers } from './idle-timers.ts'
import { createLogCreator, type KafkaLog } from './log.ts'
import { useOwnRecordEncoder } from './record-encoder.ts'

export type KafkaConnection = {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl?: KafkaConfig['ssl']
  readonly sasl?: KafkaConfig['sasl']
  readonly connectionTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly codecLimits: CodecLimits
  readonly log: KafkaLog
}

export type KafkaClient = {
  readonly kafka: Kafka
  readonly log: KafkaLog
  readonly brokers: readonly string[]
}

/**
 * kafkajs waits up to 30 s between attempts by default, which keeps it away long after the brokers are back (F19, measured:
 * 70 s). Five attempts take about 5 s: an address that is wrong is said soon, and the consumer starts again by itself.
 */
export const retryTimes = { initialRetryTime: 200, maxRetryTime: 2000, retries: 5 } as const

/** Connects nothing yet: sources, sinks and the admin functions connect on their own. Registers the codecs, stops idle timers, brings the encoder of records. */
export function createKafkaClient(connection: KafkaConnection): KafkaClient {
  registerCodecs(connection.codecLimits)
  stopIdleTimers()
  useOwnRecordEncoder()
  const kafka = new kafkajs.Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: connection.connectionTimeoutMs,
    requestTimeout: connection.requestTimeoutMs,
    retry: retryTimes,
    logCreator: createLogCreator(connection.log),
    logLevel: kafkajs.logLevel.INFO,
    ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
  })
  return { kafka, log: connection.log, brokers: connection.brokers }
}

/** An error of kafkajs as an outage; `doing` completes "while …". A missing topic and our own errors keep their code. */
export function toKafkaError(client: KafkaClient, doing: string, cause: unknown): FloorwatchError {
  if (cause instanceof FloorwatchError) return cause
  const said = cause instanceof Error ? cause.message : String(cause)
  if (hasErrorType(cause, 'UNKNOWN_TOPIC_OR_PARTITION')) {
    return new FloorwatchError(
      'kafka-topic-missing',
      `a topic does not exist while ${doing}; \`floorwatch topics\` shows and creates what is missing`,
      cause,
    )
  }
  const brokers = client.brokers.join(', ')
  const what = `kafka at ${brokers} failed while ${doing}: ${said}`
  return new FloorwatchError('kafka-unavailable', { what, remedy: remedyOf(cause) }, cause)
}

function remedyOf(cause: unknown): string {
  return isUnreachable(cause) ? 'start Kafka, or correct kafka.brokers' : doctorRemedy
}

/** Whether no broker could be reached, as far as the chain of causes tells. */
function isUnreachable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSConnectionError') return true
  }
  return false
}

/** Whether the protocol's error name stands anywhere in the chain of causes. */
export function hasErrorType(error: unknown, type: string): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('type' in at && at.type === type) return true
  }
  return false
}
