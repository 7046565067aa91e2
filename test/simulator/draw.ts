import type { Random } from '../../src/simulate/random.ts'

/** One of the values, which must not be none. */
export const drawOne = <Value>(random: Random, values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)] as Value

/** Each value with this chance, one at least. */
export const drawSome = <Value>(
  random: Random,
  values: readonly Value[],
  share: number,
): readonly Value[] => {
  const drawn = values.filter(() => random() < share)
  return drawn.length > 0 ? drawn : [drawOne(random, values)]
}
