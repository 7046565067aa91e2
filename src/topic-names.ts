import type { Config } from './config-schema.ts'
import { type Topic, topics } from './core/topics.ts'
import { FloorwatchError } from './errors.ts'

/** The event topics that are read: those of the four families whose metrics exist. */
export const inputTopics = ['call-queue', 'ticket', 'message', 'survey'] as const satisfies readonly Topic[]
export type InputTopic = (typeof inputTopics)[number]

const outputParts = ['metrics', 'intervals', 'dead-letters', 'alerts'] as const
type Part = Topic | (typeof outputParts)[number]
const parts: readonly string[] = [...topics, ...outputParts]

/** Every topic's name in Kafka, prefix included. */
export type TopicNames = {
  readonly input: Readonly<Record<InputTopic, string>>
  readonly metrics: string
  readonly intervals: string
  readonly deadLetters: string
  readonly alerts: string
}

/**
 * `<prefix>contact-center.<part>.v1`, or what `kafka.topics` says of the part. An unknown part, a name that Kafka refuses and
 * a name that two parts share throw `config-invalid`, all of them in one message.
 */
export const topicNamesOf = (kafka: Config['kafka']): TopicNames => {
  const nameOf = (part: Part) => topicNameOf(kafka, part)
  const names = {
    input: Object.fromEntries(inputTopics.map((topic) => [topic, nameOf(topic)])) as TopicNames['input'],
    metrics: nameOf('metrics'),
    intervals: nameOf('intervals'),
    deadLetters: nameOf('dead-letters'),
    alerts: nameOf('alerts'),
  }
  const mistakes = [...findUnknownParts(kafka), ...findBadNames(kafka)]
  if (mistakes.length > 0) throw new FloorwatchError('config-invalid', mistakes.join('\n'))
  return names
}

/** The name of any topic of the contract, those included that no metric needs yet. */
export const topicNameOf = ({ topicPrefix, topics: overrides }: Config['kafka'], part: Part): string =>
  `${topicPrefix}${Object.hasOwn(overrides, part) ? overrides[part] : `contact-center.${part}.v1`}`

const findUnknownParts = ({ topics: overrides }: Config['kafka']): readonly string[] =>
  Object.keys(overrides)
    .filter((part) => !parts.includes(part))
    .map((part) => `kafka.topics.${part}: is no topic; name one of ${parts.join(', ')}`)

const findBadNames = (kafka: Config['kafka']): readonly string[] => {
  const seen = new Map<string, Part>()
  return (parts as readonly Part[]).flatMap((part) => {
    const name = topicNameOf(kafka, part)
    const twin = seen.get(name)
    seen.set(name, part)
    if (twin !== undefined)
      return [`kafka.topics.${part}: is called ${name}, as is ${twin}: give each its own`]
    return /^[\w.-]{1,249}$/.test(name)
      ? []
      : [`kafka.topics.${part}: Kafka takes no '${name}': use at most 249 letters, digits, ., _ and -`]
  })
}
