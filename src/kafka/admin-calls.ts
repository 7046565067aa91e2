import { setTimeout } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { type KafkaClient, toKafkaError } from './client.ts'

/** Questions to the cluster that outlast the move of a leader. */
export type AdminCalls = {
  /** `doing` completes "kafka failed while …". */
  readonly ask: <Answer>(doing: string, question: (admin: Admin) => Promise<Answer>) => Promise<Answer>
  readonly close: () => Promise<void>
}

const attemptsMax = 12
const retryMs = 500

/**
 * kafkajs asks the same stale leader for ever (it gives up at NOT_LEADER_FOR_PARTITION without looking for the new one), so
 * each further attempt is made by a new admin, which starts with fresh metadata.
 */
export async function createAdminCalls(client: KafkaClient): Promise<AdminCalls> {
  let admin = await connectAdmin(client)
  let closed = false

  const replace = async (failed: Admin) => {
    await setTimeout(retryMs)
    if (admin !== failed || closed) return
    admin = await connectAdmin(client)
    await failed.disconnect()
  }

  const ask = async <Answer>(doing: string, question: (admin: Admin) => Promise<Answer>): Promise<Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      const asked = admin
      try {
        return await question(asked)
      } catch (error) {
        if (!isRetriable(error) || attempt === attemptsMax || closed) throw toKafkaError(client, doing, error)
        await replace(asked)
      }
    }
  }

  return {
    ask,
    close: async () => {
      closed = true
      await admin.disconnect()
    },
  }
}

async function connectAdmin(client: KafkaClient): Promise<Admin> {
  const admin = client.kafka.admin()
  try {
    await admin.connect()
    return admin
  } catch (error) {
    await admin.disconnect()
    throw toKafkaError(client, 'connecting', error)
  }
}

function isRetriable(error: unknown): boolean {
  return error instanceof Error && 'retriable' in error && error.retriable === true
}
