/** What a baseline is told to do, as JSON in its first argument. */
export type BaselineJob = {
  readonly brokers: readonly string[]
  readonly groupId: string
  readonly topics: readonly string[]
  readonly metricsTopic: string
  readonly records: number
  readonly redisUrl: string
  readonly keyPrefix: string
}

/** Progress on standard output: one line `records ms-of-cpu ms-of-clock` each tenth of the records. */
export const sayProgress = (count: number, records: number): void => {
  const tenth = Math.floor((count * 10) / records)
  if (tenth === lastTenth) return
  lastTenth = tenth
  const { user, system } = process.cpuUsage()
  process.stdout.write(`${count} ${(user + system) / 1_000} ${performance.now()}\n`)
}

let lastTenth = 0
