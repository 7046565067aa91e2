import kafkajs, { type Consumer, type ConsumerConfig, type ConsumerRunConfig, type Kafka } from 'kafkajs'
import type { KafkaClient } from '../../src/kafka/client.ts'

export type FakeConsumer = {
  readonly client: KafkaClient
  readonly consumer: Consumer
  /** What it was made and run with. */
  readonly made: ConsumerConfig[]
  readonly ran: ConsumerRunConfig[]
  /** What else was called, in order. */
  readonly called: string[]
  readonly emit: (event: 'GROUP_JOIN' | 'CRASH' | 'STOP', payload?: object) => void
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A consumer of kafkajs without any broker. */
export function createFakeConsumer(): FakeConsumer {
  const made: ConsumerConfig[] = []
  const ran: ConsumerRunConfig[] = []
  const called: string[] = []
  const listeners: { readonly event: string; readonly tell: (event: object) => void }[] = []
  const { events } = new kafkajs.Kafka({ brokers: ['b:1'] }).consumer({ groupId: 'g' })
  const note = (name: string) => () => {
    called.push(name)
  }
  const consumer = {
    events,
    connect: async () => {},
    subscribe: async () => {},
    run: async (config: ConsumerRunConfig) => {
      ran.push(config)
    },
    disconnect: async () => note('disconnect')(),
    stop: async () => note('stop')(),
    pause: note('pause'),
    resume: note('resume'),
    seek: ({ offset }: { readonly offset: string }) => called.push(`seek ${offset}`),
    on: (event: string, tell: (event: object) => void) => listeners.push({ event, tell }),
  } as unknown as Consumer
  const kafka = {
    consumer: (config: ConsumerConfig) => {
      made.push(config)
      return consumer
    },
  } as unknown as Kafka
  return {
    client: { kafka, log: silent, brokers: ['b:1'] },
    consumer,
    made,
    ran,
    called,
    emit: (name, payload = {}) => {
      for (const { event, tell } of listeners) if (event === events[name]) tell({ payload })
    },
  }
}
