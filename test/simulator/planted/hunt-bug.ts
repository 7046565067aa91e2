import { runMain } from '../run-main.ts'

export type Hunt = {
  /** Histories it took; undefined: not found within the bound. */
  readonly histories: number | undefined
  readonly output: string
}

/** Lets a process with the bug planted live through histories until one goes wrong. */
export const huntBug = async (name: string, seedsMax: number): Promise<Hunt> => {
  const output = await runMain(['--bug', name, '--seeds', String(seedsMax)])
  const count = /(\d+) histories .* 1 wrong$/m.exec(output)?.[1]
  return { histories: count === undefined ? undefined : Number(count), output }
}
