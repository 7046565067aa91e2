/** What each setting is, for docs/configuration.md. */
export const settingWords: Readonly<Record<string, string>> = {
  'kafka.brokers': 'where to find the brokers',
  'kafka.clientId': "name in the brokers' logs and quotas",
  'kafka.groupId': 'consumer group; processes of one group share the partitions',
  'kafka.topicPrefix': "put before every topic's name",
  'kafka.topics':
    'other names for single topics, by part: call-queue, ticket, message, survey, metrics, intervals, dead-letters, alerts',
  'kafka.onDataLoss':
    'When retention has removed records that were not read yet, a topic was made anew, or the state is gone: `stop` ends the process, `continue` goes on from what is left.',
  'kafka.startFrom':
    'where counting begins where there is no state yet; later than earliest makes older windows partial',
  'kafka.snapshotFormat':
    'how snapshots are published: plain JSON, or Avro in the wire format of the registry, which `floorwatch schemas register` prepares',
  'kafka.partitioner':
    "how the producers partition: murmur2 (Java's default) or crc32 (librdkafka's default)",
  'kafka.sessionTimeoutMs': 'how long a killed process keeps its partitions',
  'kafka.ssl': 'TLS to the brokers',
  'kafka.username': 'SASL SCRAM-SHA-512, together with the password',
  'kafka.password': 'SASL SCRAM-SHA-512, together with the username',
  'redis.url':
    'redis://host, redis-cluster://host:port,host:port or redis-sentinel://host:port,host:port/master; rediss… with TLS',
  'redis.keyPrefix': 'first part of every key; one Redis may serve several installations',
  'redis.commandTimeoutMs': 'longest wait for a connection and for a reply',
  'redis.viewTtlMs': 'how long the latest snapshot of a key stands in Redis without a newer one',
  'registry.url': 'a registry that speaks the Confluent protocol; without one only plain JSON is read',
  'registry.timeoutMs': 'longest wait for a schema',
  'time.source': 'clock: live; events: event time alone moves time, for history fed through Kafka',
  'time.disorderMs': 'how far as-of stays behind while a partition lags',
  'time.latenessMs':
    'an event older than this against its record (under events: against what stands before it) is too-old',
  'time.skewMs':
    "an event dated so far after its record is from-the-future; also how far this host's and Redis's clocks may differ",
  'time.stallMs': 'a partition that stands still for so long no longer holds the others back',
  'time.driftMs':
    'how far one topic of a partition may run ahead of the slowest while catching up; partitions among themselves: half of latenessMs, this at least',
  'time.zone': 'where days are cut; part of the identity of the state',
  'time.dayStartsAt': 'adds the window since then, as 08:00; a multiple of 15 minutes',
  'time.calendars': 'business hours by name, below',
  'time.businessCalendar':
    'which of them the business-hours metrics use; the only one where there is but one',
  'time.visitExpiryMs': 'a queue visit without an outcome expires after',
  'time.wrapExpected': 'whether handle time waits for the wrap-up',
  'time.wrapExpiryMs': 'and how long',
  'time.endedCallExpiryMs':
    'nothing joins a call so long after its end, but answers to a survey about it, for which `time.endedTicketExpiryMs` holds',
  'time.endedTicketExpiryMs': 'nothing joins a ticket so long after it was closed',
  'time.openSubjectExpiryMs': 'an open call or ticket is given up after so long without an event',
  scopes: 'grouping sets that are kept: lists of dimensions; the empty one is the whole tenant',
  publish:
    'what is published, below. By default all metrics of `scopes`, in now every second, in 15m, hour and today every 5 s',
  'serviceLevel.default': 'the policy of `serviceLevel`, below',
  'serviceLevel.per': 'its overrides by queue or channel: queueId or channel, thresholdMs, target',
  'serviceLevel.policies': 'further policies by id, below; each is a metric `serviceLevel.<id>`',
  'targets.firstResponse': 'promises for the first response, below',
  'targets.nextReply': 'promises for the replies after it',
  'targets.resolution': 'promises for the resolution',
  'targets.atRiskMs': 'a ticket due within this is at risk',
  labels: 'names for ids, by dimension: `{ queueId: { billing: Billing } }`',
  'surveys.positiveFrom': 'a CSAT answer is positive from this share of its scale on: numerator, denominator',
  'complaints.from': 'what a complaint is timed from',
  'fcr.windowMs': 'a resolution counts for first contact resolution unless reopened within',
  'http.host': 'address the wallboard listens on; it has no access control',
  'http.port': 'its port; 0: any free one',
  'log.level': 'least level that is logged, as JSON lines on standard error',
  'limits.batchRecordsMax': 'records of a partition filed and committed together',
  'limits.recordBytesMax': 'a larger record is dead-lettered as too-large',
  'limits.queueRecordsMax':
    'records fetched ahead of a topic-partition before it is paused; what one answer of a broker (half a megabyte of a partition, compressed as it was written) brings then still comes on top',
  'limits.eventsPerSubjectMax': 'events of one call or ticket; more are dead-lettered as subject-too-long',
  'limits.scopeKeysMax':
    'keys of one grouping set, tenant and partition; further ones are counted together as __other__',
  'limits.liveSubjectsMax':
    'calls and tickets of a partition kept unpacked in memory; a replay packs none before sixteen times as many events',
  'limits.packedSubjectsMax': 'calls and tickets a replay keeps packed in memory',
  'limits.dueSubjectsMax': 'subjects placed in one step as time moves on',
  'limits.journalRangesMax':
    'ranges of closed windows that wait for their correction; past it each scope keeps one, from its first change to its last',
  'limits.badRecordShare':
    'the service ends when more than this share of the last thousand records is refused',
  'limits.wallboardClientsMax': 'pages that may be connected at once',
  'limits.readyLagMs':
    'a partition further behind the clock makes `/readyz` say 503; not judged under events',
  'limits.noProgressMs':
    'the service ends when records wait so long, nothing is committed and nothing is known to be out',
  'limits.turnMs': 'the service ends, and `/livez` says 503, when the loop has made no turn for so long',
}

type Words = Readonly<Record<string, string>>

/** Rows of lists and entries of tables: where they stand in the schema, and what their fields are. */
export const rowWords: Readonly<Record<string, { readonly at: readonly string[]; readonly words: Words }>> = {
  'A row of publish': {
    at: ['publish', '[]'],
    words: {
      scopes: 'grouping sets',
      windows:
        'now; 1m 5m 15m 30m 1h 4h 24h 7d 30d; interval-15m interval-30m hour today week month quarter year; since-HHMM; total; a calendar window up to a month by another zone’s clock: today@America/New_York',
      metrics: 'ids or families, or all',
      everyMs: 'so often where anything changed, in the mean; never twice in half of it',
    },
  },
  'A service-level policy': {
    at: ['serviceLevel', 'policies', '{}'],
    words: {
      preset: 'what the rest starts from, see [metrics](metrics.md#service-level-policies)',
      thresholdMs: 'answered within this is a hit (default 20000)',
      boundary: 'whether exactly the threshold is a hit (default inclusive)',
      clock: "visit: each queue visit by itself; call: the call's whole wait, judged once (default visit)",
      abandoned: 'hit: within the threshold, else a miss (default miss)',
      diverted: 'as abandoned (default miss)',
      stillWaiting: 'miss: settled at the threshold; ignore: judged at the exit (default miss)',
      shortAbandonMs: 'abandons after at most this are left out; not above the threshold',
      target: 'share to be reached',
      per: 'overrides by queue or channel: queueId or channel, thresholdMs, target',
    },
  },
  'A row of targets': {
    at: ['targets', 'firstResponse', '[]'],
    words: {
      priority: 'only tickets of this priority; the most specific row holds',
      channel: 'only tickets of this channel',
      withinMs: 'the promise',
      calendar: 'name of the business hours it is counted in; around the clock without',
    },
  },
  'A calendar': {
    at: ['time', 'calendars', '{}'],
    words: {
      zone: 'its time zone, else time.zone',
      week: 'spans: `{ days: [mon, tue], from: "08:00", to: "18:00" }`; several a day are allowed',
      holidays: 'dates without hours, as 2026-12-24',
      versions: 'other weeks from a date on: `{ from: 2027-01-01, week: […] }`',
    },
  },
}
