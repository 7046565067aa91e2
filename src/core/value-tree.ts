import { ownText } from './packing.ts'

/** What a row of values leads to, one value a step: found without putting the values together to a key. Mutable. */
export type ValueTree<Leaf> = {
  /** Made with the first step beyond: most places are leaves. */
  next: Map<string | undefined, ValueTree<Leaf>> | undefined
  leaf: Leaf | undefined
}

export const createValueTree = <Leaf>(): ValueTree<Leaf> => ({ next: undefined, leaf: undefined })

/** The place a step beyond, made where there is none. */
export const placeBeyond = <Leaf>(place: ValueTree<Leaf>, value: string | undefined): ValueTree<Leaf> => {
  place.next ??= new Map()
  const known = place.next.get(value)
  if (known) return known
  const made = createValueTree<Leaf>()
  place.next.set(value && ownText(value), made)
  return made
}
