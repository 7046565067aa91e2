import { pino } from 'pino'
import type { Config } from './config-schema.ts'
import type { Log } from './outage-log.ts'

const spokenLevels: readonly string[] = ['trace', 'debug']

/** A command tells by its output and its error; what the clients say besides goes to standard error at debug only. */
export const createCommandLog = ({ log }: Config): Log =>
  pino({ level: spokenLevels.includes(log.level) ? log.level : 'silent', base: null }, pino.destination(2))
