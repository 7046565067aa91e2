/** Lets a loop sleep until something happened. What happens between two sleeps is not missed. */
export type WakeUp = {
  readonly wake: () => void
  /** Resolves at once when `wake` was called since the last sleep ended. */
  readonly sleep: (timeoutMs: number) => Promise<void>
}

export function createWakeUp(): WakeUp {
  let happened = false
  const sleepers = new Set<() => void>()
  const wait = (timeoutMs: number) =>
    new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        sleepers.delete(end)
        resolve()
      }
      const timer = setTimeout(end, timeoutMs)
      sleepers.add(end)
    })
  return {
    wake: () => {
      happened = true
      for (const end of sleepers) end()
    },
    sleep: async (timeoutMs) => {
      if (!happened) await wait(timeoutMs)
      happened = false
    },
  }
}
