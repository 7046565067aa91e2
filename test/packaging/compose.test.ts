import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

/** The Compose specification's own schema, as a linter of compose files brings it along. */
const readSpecification = (): object =>
  JSON.parse(
    readFileSync(new URL('schemas/compose.schema.json', import.meta.resolve('dclint/package.json')), 'utf8'),
  )

const file: unknown = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true })

test('the compose file is one by the Compose specification', () => {
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true })
  formats.default(ajv)
  const isCompose = ajv.compile(readSpecification())
  expect(isCompose({ services: { redis: { image: 'redis', volumes: 'redis:/data' } } })).toBe(false)
  expect(isCompose({ services: { redis: { image: 'redis', retries: 3 } } })).toBe(false)
  isCompose(file)
  expect(isCompose.errors ?? []).toEqual([])
})

/** What of it the file uses, and how: its ports are this machine's only. A key it does not use is an error here. */
const texts = z.record(z.string(), z.string())
const seconds = z.string().regex(/^\d+s$/)
const localPort = z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)
const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
    interval: seconds,
    timeout: seconds,
    retries: z.int().positive(),
  }),
])
const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully'])
const service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  command: z.array(z.string()).optional(),
  environment: texts.optional(),
  ports: z.array(localPort).optional(),
  volumes: z.array(z.string().regex(/^[a-z]+:\/[a-z/]+$/)).optional(),
  healthcheck: healthcheck.optional(),
  stop_grace_period: seconds.optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition })).optional(),
})
const composeFile = z.strictObject({
  name: z.string(),
  'x-floorwatch': z.looseObject({}),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
})

const compose = composeFile.parse(file)
const services = Object.entries(compose.services)

test('the compose file has the four services and the one that makes the topics', () => {
  expect(Object.keys(compose.services).sort()).toEqual(['floorwatch', 'kafka', 'redis', 'registry', 'topics'])
})

test('a service that must be healthy has a health check', () => {
  for (const [, { depends_on }] of services) {
    for (const [name, { condition }] of Object.entries(depends_on ?? {})) {
      expect(compose.services[name]).toBeDefined()
      if (condition === 'service_healthy') expect(compose.services[name]?.healthcheck).toHaveProperty('test')
    }
  }
})

test('every volume that is mounted is declared, and every declared one is mounted', () => {
  const mounted = services.flatMap(([, { volumes }]) => volumes ?? []).map((volume) => volume.split(':')[0])
  expect(mounted.sort()).toEqual(Object.keys(compose.volumes).sort())
})

test('Redis evicts nothing and writes a log, and Kafka makes no topic by itself', () => {
  expect(compose.services.redis?.command?.join(' ')).toContain(
    '--appendonly yes --auto-aof-rewrite-min-size 512mb --maxmemory-policy noeviction',
  )
  expect(compose.services.kafka?.environment?.KAFKA_AUTO_CREATE_TOPICS_ENABLE).toBe('false')
})
