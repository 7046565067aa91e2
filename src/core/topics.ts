/** The kinds of input topics: their names in Kafka are configured. */
export const topics = ['call-queue', 'ticket', 'message', 'survey', 'agent', 'business'] as const
export type Topic = (typeof topics)[number]
