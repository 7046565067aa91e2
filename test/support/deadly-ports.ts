import type { DeadLetters, SnapshotSink, StateStore } from '../../src/ports.ts'

/** Ends the process at its n-th call to the outside: before the call has done anything, or after it has done all. */
export type Death = { readonly atCall: number; readonly isDone: boolean }

export class ProcessKilled extends Error {}

/** The ports of a process that dies once; afterwards nothing it calls is done. */
export const createDeadlyPorts = (
  ports: { readonly store: StateStore; readonly sink: SnapshotSink; readonly deadLetters: DeadLetters },
  { atCall, isDone }: Death,
) => {
  let calls = 0
  const deadly = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown
        if (typeof method !== 'function') return method
        return async (...given: readonly unknown[]) => {
          calls++
          if (calls > atCall || (calls === atCall && !isDone)) throw new ProcessKilled(String(name))
          const answer: unknown = await method.apply(target, given)
          if (calls === atCall) throw new ProcessKilled(String(name))
          return answer
        }
      },
    })
  return { store: deadly(ports.store), sink: deadly(ports.sink), deadLetters: deadly(ports.deadLetters) }
}
