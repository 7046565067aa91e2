import { z } from 'zod'
import { parseTime, timeMax, timeMin } from './event-time.ts'

/** Longest id, dimension, attribute value, in UTF-16 units. */
export const textLengthMax = 200
export const attributesMax = 16
export const queueIdsMax = 500
export const channelsMax = 32
export const categoriesMax = 100
export const intentsMax = 16
/** Largest amount in minor units: sums of a billion of them stay exact as BigInt, single ones as doubles. */
export const amountMinorMax = 1_000_000_000_000
export const durationMsMax = 366 * 86_400_000
export const scaleBoundMax = 1000
export const scaleWidthMax = 100

/** Half of a character could be neither stored nor sent: two such texts would come back as one. */
export const wellFormed: z.core.$ZodCheck<string> = z.refine<string>(
  (value) => value.isWellFormed(),
  'must be well-formed Unicode',
)

/** An id, a dimension, a word: never empty. */
export const text = z.string().min(1).max(textLengthMax).check(wellFormed)
export const optionalText = text.exactOptional()
/** What is past the cap of a grouping set is counted under this value of its dimensions. */
export const otherKey = '__other__'
export const notOther: z.core.$ZodCheck<string> = z.refine<string>(
  (value) => value !== otherKey,
  `must not be ${otherKey}, which is reserved`,
)
/** A value that scopes are named by. */
export const dimension = text.check(notOther)
export const optionalDimension = dimension.exactOptional()
export const flag = z.boolean()
/** Epoch ms out of epoch ms or ISO-8601 with a zone. */
export const time = z.transform((value: unknown, context): number => {
  const parsed = readTime(value)
  if (typeof parsed === 'number') return parsed
  context.addIssue({ code: 'custom', message: parsed, input: value })
  return z.NEVER
})
export const durationMs = z.int().min(0).max(durationMsMax)
export const amountMinor = z.int().min(0).max(amountMinorMax)
export const signedAmountMinor = z.int().min(-amountMinorMax).max(amountMinorMax)
export const scaleValue = z.int().min(-scaleBoundMax).max(scaleBoundMax)
export const attributes = z
  .record(text, z.string().max(textLengthMax).check(wellFormed, notOther))
  .refine((map) => Object.keys(map).length <= attributesMax, `must have at most ${attributesMax} entries`)
/** Contacts at once by channel. */
export const contactsByChannel = z
  .record(text, z.int().min(0).max(scaleBoundMax))
  .refine((map) => Object.keys(map).length <= channelsMax, `must have at most ${channelsMax} entries`)

/** What every event has, beside `type`. The dimensions are as they are at that instant. */
export const commonFields = {
  eventId: text,
  occurredAt: time,
  tenantId: text.default('default'),
  source: optionalText,
  queueId: optionalDimension,
  channel: optionalDimension,
  teamId: optionalDimension,
  agentId: optionalDimension,
  priority: optionalDimension,
  category: optionalDimension,
  customerId: optionalDimension,
  direction: optionalDimension,
  attributes: attributes.exactOptional(),
}

const timeForms = 'an ISO-8601 date and time with a zone, or epoch milliseconds'

/** Epoch ms of a number or a text, or what is wrong with it. */
export function readTime(value: unknown): number | string {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= timeMin && value <= timeMax
      ? value
      : 'must be a whole number of epoch milliseconds from 1970 to 9999'
  }
  if (value === undefined) return `is missing; add ${timeForms}`
  if (typeof value !== 'string') return `must be ${timeForms}`
  return parseTime(value) ?? 'must be an existing ISO-8601 date and time with a zone, from 1970 to 9999'
}
