import { readdirSync, readFileSync } from 'node:fs'

/** CPU of a process so far over all its threads, in ms: the kernel counts it in ns, where `stat` counts in ticks of 10 ms. */
export const readCpuMs = (pid: number): number => {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number(readThread(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0])
  return nanoseconds / 1e6
}

/** A thread may end between being listed and being read. */
const readThread = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '0'
  }
}
