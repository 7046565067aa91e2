import { setImmediate } from 'node:timers/promises'

const stretchMs = 20

/** For long loops, asked at each step: undefined, or what to wait for once they have had the thread for a while. */
export function createGiveWay(): () => Promise<void> | undefined {
  let untilMs = performance.now() + stretchMs
  return () => (performance.now() < untilMs ? undefined : rest())

  async function rest(): Promise<void> {
    await setImmediate()
    untilMs = performance.now() + stretchMs
  }
}
