import { expect, test } from 'vitest'
import { configSchema } from '../src/config-schema.ts'
import { topicNameOf, topicNamesOf } from '../src/topic-names.ts'

const kafkaOf = (kafka: object) => configSchema.parse({ kafka }).kafka

test('topics are named as the contract says', () => {
  expect(topicNamesOf(kafkaOf({}))).toEqual({
    input: {
      'call-queue': 'contact-center.call-queue.v1',
      ticket: 'contact-center.ticket.v1',
      message: 'contact-center.message.v1',
      survey: 'contact-center.survey.v1',
    },
    metrics: 'contact-center.metrics.v1',
    intervals: 'contact-center.intervals.v1',
    deadLetters: 'contact-center.dead-letters.v1',
    alerts: 'contact-center.alerts.v1',
  })
})

test('the prefix stands before every name, an override instead of the rest', () => {
  const kafka = kafkaOf({ topicPrefix: 'eu.', topics: { ticket: 'desk-tickets', 'dead-letters': 'refused' } })
  const names = topicNamesOf(kafka)
  expect(names.input.ticket).toBe('eu.desk-tickets')
  expect(names.input.message).toBe('eu.contact-center.message.v1')
  expect(names.deadLetters).toBe('eu.refused')
  expect(topicNameOf(kafka, 'business')).toBe('eu.contact-center.business.v1')
})

test('an unknown part, a name Kafka refuses and a name given twice are all told', () => {
  const kafka = kafkaOf({ topics: { tickets: 'a', metrics: 'a b', survey: 'one', message: 'one' } })
  expect(() => topicNamesOf(kafka)).toThrow(
    /kafka\.topics\.tickets: is no topic[\s\S]*kafka\.topics\.survey: is called one, as is message[\s\S]*kafka\.topics\.metrics: Kafka takes no 'a b'/,
  )
})
