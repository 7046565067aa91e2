/**
 * Subjects at rest, outside the garbage-collected heap: packed bytes lie one after the other in blocks, so that a
 * hundred million of them cost the collector nothing and a subject little more than its bytes and its key.
 */
export type PackedSubjects = {
  put(key: string, bytes: Uint8Array): void
  /** Takes the subject out; the bytes are valid until the next call. */
  take(key: string): Uint8Array | undefined
  /** Drops the subjects whose bytes this is true of. */
  drop(isDropped: (bytes: Uint8Array) => boolean): void
  readonly size: () => number
  /** Bytes of all blocks. */
  readonly heldBytes: () => number
}

/** Live bytes decide when a block is emptied into another. */
type Block = { bytes: Uint8Array; used: number; live: number }

type PackedState = {
  /** Key → place: number of the block, then offset in words. */
  readonly places: Map<string, number>
  readonly blocks: Block[]
  readonly free: number[]
  /** What emptied blocks lay in, to be filled again: left to the collector it would long stand beside what replaced it. */
  readonly spare: Uint8Array[]
  head: number
  held: number
  live: number
}

const wordBytes = 4
const blockBytes = 1 << 20
/** A place stays below 2^31, where the engine keeps it without a box: 8 GiB. */
const wordsPerBlock = blockBytes / wordBytes
const blocksMax = 2 ** 31 / wordsPerBlock
const spareMax = 64
/** Below this share of live bytes a block is emptied. */
const sparseShare = 0.85

export const createPackedSubjects = (): PackedSubjects => {
  const state: PackedState = {
    places: new Map(),
    blocks: [],
    free: [],
    spare: [],
    head: -1,
    held: 0,
    live: 0,
  }
  return {
    put: (key, bytes) => {
      release(state, key)
      compactWhenSparse(state)
      state.places.set(key, append(state, bytes))
    },
    take: (key) => {
      const place = state.places.get(key)
      if (place === undefined) return undefined
      const bytes = bytesAt(state, place)
      release(state, key)
      return bytes
    },
    drop: (isDropped) => {
      for (const [key, place] of state.places) if (isDropped(bytesAt(state, place))) release(state, key)
      compactWhenSparse(state)
    },
    size: () => state.places.size,
    heldBytes: () => state.held,
  }
}

/** Length, then the bytes, in whole words. */
const sizeOf = (length: number): number => wordBytes * (1 + Math.ceil(length / wordBytes))

const append = (state: PackedState, bytes: Uint8Array): number => {
  const size = sizeOf(bytes.length)
  const head = state.blocks[state.head]
  const number = head && head.used + size <= head.bytes.length ? state.head : openBlock(state, size)
  const block = state.blocks[number] as Block
  const offset = block.used
  new DataView(block.bytes.buffer).setUint32(offset, bytes.length)
  block.bytes.set(bytes, offset + wordBytes)
  block.used += size
  block.live += size
  state.live += size
  return number * wordsPerBlock + offset / wordBytes
}

/** What is larger than a block gets one of its own. */
const openBlock = (state: PackedState, size: number): number => {
  const number = state.free.pop() ?? state.blocks.length
  if (number >= blocksMax) throw new Error('subjects at rest fill all the memory there is for them')
  const length = Math.max(blockBytes, size)
  const bytes = (length === blockBytes ? state.spare.pop() : undefined) ?? new Uint8Array(length)
  state.blocks[number] = { bytes, used: 0, live: 0 }
  state.held += length
  if (length === blockBytes) state.head = number
  return number
}

const blockOf = (state: PackedState, place: number): Block =>
  state.blocks[Math.floor(place / wordsPerBlock)] as Block

const bytesAt = (state: PackedState, place: number): Uint8Array => {
  const { bytes } = blockOf(state, place)
  const offset = (place % wordsPerBlock) * wordBytes
  const start = offset + wordBytes
  return bytes.subarray(start, start + new DataView(bytes.buffer).getUint32(offset))
}

const release = (state: PackedState, key: string): void => {
  const place = state.places.get(key)
  if (place === undefined) return
  free(state, place)
  state.places.delete(key)
}

const free = (state: PackedState, place: number): void => {
  const size = sizeOf(bytesAt(state, place).length)
  blockOf(state, place).live -= size
  state.live -= size
}

/** Moves what is left in sparse blocks together, once a fifth of what is held is waste; each is filled again once it is empty. */
const compactWhenSparse = (state: PackedState): void => {
  if (state.held < 1.25 * state.live + 4 * blockBytes) return
  const isSparse = state.blocks.map(({ bytes, live }) => live < bytes.length * sparseShare)
  state.head = -1
  for (const number of isSparse.keys()) if (isSparse[number]) closeWhenEmpty(state, number)
  for (const [key, place] of state.places) {
    const number = Math.floor(place / wordsPerBlock)
    if (!isSparse[number]) continue
    state.places.set(key, append(state, bytesAt(state, place)))
    free(state, place)
    closeWhenEmpty(state, number)
  }
}

const closed: Block = { bytes: new Uint8Array(0), used: 0, live: 0 }

const closeWhenEmpty = (state: PackedState, number: number): void => {
  const block = state.blocks[number] as Block
  if (block.live > 0 || block === closed) return
  const { length } = block.bytes
  state.held -= length
  if (length === blockBytes && state.spare.length < spareMax) state.spare.push(block.bytes)
  state.blocks[number] = closed
  state.free.push(number)
}
