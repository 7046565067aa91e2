import { z } from 'zod'
import { businessHoursSchema } from './core/business-hours.ts'
import { policyPresets } from './core/rules.ts'
import { isDimensionName } from './core/scopes.ts'
import { parseWindow, sinceWindowId } from './core/windows.ts'
import { isZoneName } from './core/zone.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const positiveMs = z.int().min(1)
const durationMs = z.int().min(0)
const share = z.number().min(0).max(1)
const text = z.string().min(1)

const judgement = z.enum(['hit', 'miss', 'ignore'])

const policyFields = {
  preset: z.enum(Object.keys(policyPresets) as [keyof typeof policyPresets]).optional(),
  thresholdMs: positiveMs.optional(),
  boundary: z.enum(['inclusive', 'exclusive']).optional(),
  clock: z.enum(['visit', 'call']).optional(),
  abandoned: judgement.optional(),
  diverted: judgement.optional(),
  stillWaiting: z.enum(['miss', 'ignore']).optional(),
  shortAbandonMs: durationMs.optional(),
  target: share.optional(),
  per: z
    .array(
      z
        .strictObject({
          queueId: text.optional(),
          channel: text.optional(),
          thresholdMs: positiveMs.optional(),
          target: share.optional(),
        })
        .refine(
          (row) => row.queueId !== undefined || row.channel !== undefined,
          'name a queueId or a channel',
        ),
    )
    .default([]),
}

const policySchema = z.strictObject(policyFields)

const serviceLevelSchema = z.strictObject({
  default: policySchema.prefault({}),
  /** Default policy's overrides, as the example of the contract writes them. */
  per: policyFields.per,
  policies: z.record(z.string().regex(/^[\w-]+$/, 'use letters, digits, - and _'), policySchema).default({}),
})

const dimensionName = text.refine(isDimensionName, 'cannot name a dimension')
const groupingSet = z.array(dimensionName).max(6)
const windowId = z.string().superRefine((id, context) => {
  const parsed = parseWindow(id)
  if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.detail })
})

const publishRow = z.strictObject({
  scopes: z.array(groupingSet).min(1),
  windows: z.array(windowId).min(1),
  metrics: z.array(text).min(1).default(['all']),
  everyMs: z.int().min(100).default(second),
})

const targetRow = z.strictObject({
  priority: text.optional(),
  channel: text.optional(),
  withinMs: positiveMs,
  calendar: text.optional(),
})

const startFromWords = 'write earliest, latest, or a time as 2026-03-02T00:00:00Z'

const kafkaSchema = z.strictObject({
  brokers: z
    .array(z.string().regex(/^[^\s,]+:\d+$/, 'write host:port'))
    .min(1)
    .default(['localhost:9092']),
  clientId: text.default('floorwatch'),
  groupId: text.default('floorwatch'),
  /** Put before every topic's name. */
  topicPrefix: z.string().default(''),
  /** Other names for single topics, by their part: call-queue, ticket, message, survey, metrics … */
  topics: z.record(text, text).default({}),
  /** Of the values on the topics of snapshots. */
  snapshotFormat: z.enum(['json', 'avro']).default('json'),
  startFrom: z
    .union(
      [z.enum(['earliest', 'latest']), z.iso.datetime({ offset: true, error: startFromWords })],
      startFromWords,
    )
    .default('earliest'),
  /** When retention has removed records that were not read yet, a topic was made anew, or the state is gone. */
  onDataLoss: z.enum(['stop', 'continue']).default('stop'),
  partitioner: z.enum(['murmur2', 'crc32']).default('murmur2'),
  sessionTimeoutMs: z
    .int()
    .min(6 * second)
    .default(30 * second),
  ssl: z.boolean().default(false),
  username: text.optional(),
  password: text.optional(),
})

/** Clusters and Sentinels are several hosts, which no URL of the standard has. */
const redisUrl =
  /^rediss?(:\/\/([^\s/@]*@)?[^\s/,@]+(\/\S*)?|-cluster:\/\/([^\s/@]*@)?[^\s/@]+\/?|-sentinel:\/\/([^\s/@]*@)?[^\s/@]+\/[^\s/?]+)$/

const redisSchema = z.strictObject({
  url: z
    .string()
    .regex(
      redisUrl,
      'write redis://host:6379, redis-cluster://host:port,… or redis-sentinel://host:port,…/master',
    )
    .default('redis://localhost:6379'),
  keyPrefix: text.default('floorwatch'),
  commandTimeoutMs: positiveMs.default(5 * second),
  viewTtlMs: positiveMs.default(2 * hour),
})

const registrySchema = z.strictObject({
  url: z.url('write a URL as http://localhost:8081').optional(),
  timeoutMs: positiveMs.default(2 * second),
})

const timeSchema = z.strictObject({
  source: z.enum(['clock', 'events']).default('clock'),
  disorderMs: durationMs.default(5 * second),
  latenessMs: durationMs.default(day),
  skewMs: durationMs.default(minute),
  stallMs: positiveMs.default(30 * second),
  driftMs: positiveMs.default(10 * minute),
  zone: z.string().refine(isZoneName, 'write a time zone as Europe/Copenhagen or UTC').default('UTC'),
  dayStartsAt: z
    .string()
    .refine((at) => sinceWindowId(at) !== null, 'write a multiple of 15 minutes as 08:00')
    .optional(),
  calendars: z.record(text, businessHoursSchema).default({}),
  /** The calendar of the business-hours metrics; the only one where there is but one. */
  businessCalendar: text.optional(),
  visitExpiryMs: positiveMs.default(4 * hour),
  wrapExpected: z.boolean().default(false),
  wrapExpiryMs: positiveMs.default(10 * minute),
  endedCallExpiryMs: positiveMs.default(2 * day),
  endedTicketExpiryMs: positiveMs.default(40 * day),
  openSubjectExpiryMs: positiveMs.default(400 * day),
})

const limitsSchema = z.strictObject({
  batchRecordsMax: z.int().min(1).default(40_000),
  recordBytesMax: z.int().min(1_000).default(1_000_000),
  queueRecordsMax: z.int().min(10).default(20_000),
  eventsPerSubjectMax: z.int().min(10).default(2_000),
  scopeKeysMax: z.int().min(1).default(10_000),
  liveSubjectsMax: z.int().min(100).default(10_000),
  packedSubjectsMax: z.int().min(1_000).default(100_000),
  dueSubjectsMax: z.int().min(100).default(2_000),
  /** Ranges of closed windows a shard's journal holds; past it each scope keeps one, from its first change to its last. */
  journalRangesMax: z.int().min(100).default(10_000),
  /** The service stops when more than this share of the last thousand records is bad. */
  badRecordShare: share.default(0.9),
  wallboardClientsMax: z.int().min(1).default(200),
  readyLagMs: positiveMs.default(minute),
  noProgressMs: positiveMs.default(2 * minute),
  turnMs: positiveMs.default(5 * minute),
})

/** Everything that can be configured; every default stands here and nowhere else. */
export const configSchema = z.strictObject({
  kafka: kafkaSchema.prefault({}),
  redis: redisSchema.prefault({}),
  registry: registrySchema.prefault({}),
  time: timeSchema.prefault({}),
  scopes: z
    .array(groupingSet)
    .min(1)
    .default([[], ['queueId'], ['channel'], ['teamId'], ['agentId']]),
  publish: z.array(publishRow).optional(),
  serviceLevel: serviceLevelSchema.prefault({}),
  targets: z
    .strictObject({
      firstResponse: z.array(targetRow).default([]),
      nextReply: z.array(targetRow).default([]),
      resolution: z.array(targetRow).default([]),
      atRiskMs: durationMs.default(hour),
    })
    .prefault({}),
  labels: z.record(text, z.record(text, z.string())).default({}),
  surveys: z
    .strictObject({
      /** A csat answer is positive from this share of its scale on, as [numerator, denominator]. */
      positiveFrom: z
        .tuple([z.int().min(0), z.int().min(1)])
        .refine(([share, whole]) => share <= whole, 'must be a share of at most 1, as [2, 3]')
        .default([2, 3]),
    })
    .prefault({}),
  complaints: z.strictObject({ from: z.enum(['creation', 'escalation']).default('creation') }).prefault({}),
  fcr: z.strictObject({ windowMs: durationMs.default(7 * day) }).prefault({}),
  http: z
    .strictObject({ host: text.default('127.0.0.1'), port: z.int().min(0).max(65_535).default(8080) })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
  limits: limitsSchema.prefault({}),
})

export type Config = z.output<typeof configSchema>
