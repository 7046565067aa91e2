#!/usr/bin/env node
import { endAtSignal } from './stop-signal.ts'

/** Commands that run until they are told to stop. */
const lasting: readonly (string | undefined)[] = ['start', 'demo', 'wallboard']

const commandOf = ([word, ...rest]: readonly string[]): string | undefined => {
  if (word === '--config') return commandOf(rest.slice(1))
  return word?.startsWith('-') ? commandOf(rest) : word
}

// Before anything else: to load the commands takes some tenths of a second.
if (lasting.includes(commandOf(process.argv.slice(2)))) endAtSignal()
const { runCommandLine } = await import('./command-line.ts')
await runCommandLine()
