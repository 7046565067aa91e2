import { firstPlace } from './first-place.ts'

/** An item that is open at as-of. */
export type OpenItem = { readonly id: string; readonly sinceMs: number }

/**
 * What is open of one kind under one scope, the oldest first; of one age by id. Cut into chunks, so that an item comes and goes
 * without moving all the others. Mutable: its owner adds and takes out.
 */
export type OpenList = { readonly chunks: Chunk[]; count: number }

/** Both by place. */
type Chunk = { readonly sinceMs: number[]; readonly ids: string[] }

const chunkMax = 128

export const createOpenList = (): OpenList => ({ chunks: [], count: 0 })

export const addItem = (list: OpenList, item: OpenItem): void => {
  const { chunks } = list
  const place = Math.min(chunkPlace(list, item), Math.max(0, chunks.length - 1))
  const chunk = chunks[place] ?? { sinceMs: [], ids: [] }
  chunks[place] = chunk
  const at = itemPlace(chunk, item)
  insertAt(chunk.sinceMs, at, item.sinceMs)
  insertAt(chunk.ids, at, item.id)
  list.count++
  if (chunk.ids.length > chunkMax) splitChunk(list, place)
}

/** Throws where it is not there: whoever adds and takes out has lost count. */
export const takeItem = (list: OpenList, item: OpenItem): void => {
  const place = chunkPlace(list, item)
  const chunk = list.chunks[place]
  const at = chunk ? itemPlace(chunk, item) : 0
  if (chunk?.sinceMs[at] !== item.sinceMs || chunk.ids[at] !== item.id)
    throw new Error(`${item.id} is not listed as open`)
  removeAt(chunk.sinceMs, at)
  removeAt(chunk.ids, at)
  list.count--
  if (chunk.ids.length === 0) list.chunks.splice(place, 1)
}

/** By hand: `splice` makes a list of what it takes out, and `copyWithin` takes longer. Most of what comes is the youngest, and goes to the end. */
const insertAt = <Value>(values: Value[], at: number, value: Value): void => {
  values.push(value)
  for (let place = values.length - 1; place > at; place--) values[place] = values[place - 1] as Value
  values[at] = value
}

const removeAt = (values: unknown[], at: number): void => {
  for (let place = at + 1; place < values.length; place++) values[place - 1] = values[place]
  values.pop()
}

const splitChunk = ({ chunks }: OpenList, place: number): void => {
  const { sinceMs, ids } = chunks[place] as Chunk
  const half = ids.length >> 1
  chunks.splice(place + 1, 0, { sinceMs: sinceMs.splice(half), ids: ids.splice(half) })
}

/** Of the first chunk that ends no earlier; the number of chunks: all end earlier. */
const chunkPlace = ({ chunks }: OpenList, item: OpenItem): number =>
  firstPlace(chunks.length, (place) => {
    const chunk = chunks[place] as Chunk
    return compareTo(chunk, chunk.ids.length - 1, item) >= 0
  })

/** Of the first item of a chunk that comes no earlier. */
const itemPlace = (chunk: Chunk, item: OpenItem): number =>
  firstPlace(chunk.ids.length, (place) => compareTo(chunk, place, item) >= 0)

const compareTo = ({ sinceMs, ids }: Chunk, place: number, item: OpenItem): number => {
  const apartMs = (sinceMs[place] as number) - item.sinceMs
  if (apartMs !== 0) return apartMs
  const id = ids[place] as string
  return id < item.id ? -1 : id > item.id ? 1 : 0
}

/** At most so many. */
export const oldestItems = ({ chunks }: OpenList, most: number): readonly OpenItem[] => {
  const items: OpenItem[] = []
  for (const { sinceMs, ids } of chunks)
    for (let place = 0; place < ids.length; place++) {
      if (items.length === most) return items
      items.push({ id: ids[place] as string, sinceMs: sinceMs[place] as number })
    }
  return items
}

/** Since when the item at a place is open, the oldest at 0. */
export const sinceAtPlace = ({ chunks, count }: OpenList, place: number): number => {
  let left = place
  for (const { sinceMs } of chunks) {
    if (left < sinceMs.length) return sinceMs[left] as number
    left -= sinceMs.length
  }
  throw new Error(`there is no item ${place} among ${count}`)
}

/** Sum of how long all have been open, ms; what began later counts as 0. */
export const sumAges = ({ chunks }: OpenList, asOfMs: number): number => {
  let sum = 0
  for (const { sinceMs } of chunks) for (const since of sinceMs) sum += Math.max(0, asOfMs - since)
  return sum
}

/** Whether any has been open since an instant in [startMs, endMs). */
export const hasBegunWithin = (
  { chunks }: OpenList,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): boolean => {
  const chunk = chunks[firstPlace(chunks.length, (place) => (chunks[place]?.sinceMs.at(-1) ?? 0) >= startMs)]
  if (!chunk) return false
  const first = firstPlace(chunk.sinceMs.length, (place) => (chunk.sinceMs[place] as number) >= startMs)
  return (chunk.sinceMs[first] as number) < endMs
}
