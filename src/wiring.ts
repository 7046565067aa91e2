import { once } from 'node:events'
import { statSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import type { ReplayIo } from './commands/replay.ts'
import type { Config } from './config-schema.ts'
import { readNdjson } from './files/ndjson.ts'

/**
 * The collector of old objects runs when the heap has grown by half, not to four times its size: what a long file leaves
 * behind as garbage is a fraction, for some of the time.
 */
const collectEarly = (): void => {
  setFlagsFromString('--heap-growing-percent=50')
}

/** Files in, standard output and standard error out, with a progress bar where a person is looking. */
export const openReplayIo = (files: readonly string[], { limits }: Config): ReplayIo => {
  const progress = createProgress(files)
  collectEarly()
  return {
    read: (names) =>
      readNdjson(names, { lineBytesMax: limits.recordBytesMax, onBytesRead: progress.addBytes }),
    print: async (text) => {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain')
    },
    complain: (text) => {
      progress.clear()
      process.stderr.write(`${text}\n`)
    },
  }
}

type Progress = { readonly addBytes: (bytes: number) => void; readonly clear: () => void }

const barLength = 30

const createProgress = (files: readonly string[]): Progress => {
  if (!process.stderr.isTTY || process.stdout.isTTY || files.includes('-'))
    return { addBytes: () => undefined, clear: () => undefined }
  const total = files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
  let done = 0
  let shown = -1
  return {
    addBytes: (bytes) => {
      done += bytes
      const percent = Math.floor((100 * done) / Math.max(total, 1))
      if (percent === shown) return
      shown = percent
      const filled = Math.round((barLength * percent) / 100)
      process.stderr.write(`\r[${'#'.repeat(filled)}${'.'.repeat(barLength - filled)}] ${percent} %`)
    },
    clear: () => {
      if (shown >= 0) process.stderr.write('\r\u001b[K')
      shown = -1
    },
  }
}
