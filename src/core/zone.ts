/** Offsets of a time zone, read from Intl once per block of about a year and then looked up in sorted arrays. */

/** A named zone with the offsets found so far. Made by `createZone`; the blocks are a cache, filled on demand. */
export type Zone = {
  readonly name: string
  readonly clock: Intl.DateTimeFormat
  readonly blocks: Map<number, Block>
}

/** Stretches of one offset, sorted; stretch i runs from `startsAt[i]` to the next start, the last one to the block's end. */
type Block = {
  readonly startsAt: readonly number[]
  readonly offsetsMs: readonly number[]
  readonly endAt: number
}

const secondMs = 1000
const dayMs = 86_400_000
const blockMs = 400 * dayMs
/** Divides a block. The shortest stay of an offset since 1970 was just under a week (Boa Vista, October 2000). */
const probeMs = 5 * dayMs
/** No zone, local mean times of the nineteenth century included, has been further ahead of UTC. */
const offsetMsMax = 16 * 3_600_000
/** About the years 1800 and 2200: bounds of the cache, beyond which the offset at the bound holds. */
const blockIndexMin = -156
const blockIndexMax = 210

/**
 * Whether windows can be cut in the zone: an IANA name that this runtime knows, or an offset such as `+05:30` that is
 * a multiple of 15 min (the coarsest slices below a day are 15 min long).
 */
export const isZoneName = (name: string): boolean => {
  const literal = /^[+-]\d\d(?::?(\d\d))?$/.exec(name)
  if (literal) return Number(literal[1] ?? 0) % 15 === 0
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Throws a RangeError for a name that `isZoneName` denies; configuration asks first. */
export const createZone = (name: string): Zone => {
  if (!isZoneName(name))
    throw new RangeError(`'${name}' is no time zone: write one as in Europe/Copenhagen or UTC`)
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return { name, clock, blocks: new Map() }
}

/** Local clock less UTC at the instant, in ms: 3,600,000 for Copenhagen in winter. */
export const offsetAtMs = (zone: Zone, t: number): number => {
  const block = blockAt(zone, t)
  return block.offsetsMs[stretchAt(block, t)] as number
}

/** What the zone's clock shows at the instant, as the epoch ms at which a clock in UTC shows the same. */
export const localClockAt = (zone: Zone, t: number): number => t + offsetAtMs(zone, t)

/**
 * The first instant at which the zone's clock shows `localClock` (as in `localClockAt`) or more: of a time that comes
 * twice the first, of a time that is skipped the end of the gap. It never falls when `localClock` rises.
 */
export const instantOfLocalClock = (zone: Zone, localClock: number): number => {
  let from = localClock - offsetMsMax
  for (;;) {
    const block = blockAt(zone, from)
    const stretch = stretchAt(block, from)
    const until = block.startsAt[stretch + 1] ?? block.endAt
    const reachedAt = localClock - (block.offsetsMs[stretch] as number)
    if (reachedAt < until) return Math.max(from, reachedAt)
    from = until
  }
}

/** The first instant in (after, upTo] at which the offset changes, or null. */
export const offsetChangeBetween = (zone: Zone, after: number, upTo: number): number | null => {
  const offsetMs = offsetAtMs(zone, after)
  let from = after
  while (from < upTo) {
    const block = blockAt(zone, from)
    from = block.startsAt[stretchAt(block, from) + 1] ?? block.endAt
    if (from <= upTo && offsetAtMs(zone, from) !== offsetMs) return from
  }
  return null
}

const blockAt = (zone: Zone, t: number): Block => {
  const index = Math.min(Math.max(Math.floor(t / blockMs), blockIndexMin), blockIndexMax)
  const known = zone.blocks.get(index)
  if (known) return known
  const read = readBlock(zone, index * blockMs)
  const block = index === blockIndexMax ? { ...read, endAt: Number.POSITIVE_INFINITY } : read
  zone.blocks.set(index, block)
  return block
}

const stretchAt = (block: Block, t: number): number => {
  let stretch = block.startsAt.length - 1
  while (stretch > 0 && (block.startsAt[stretch] as number) > t) stretch -= 1
  return stretch
}

const readBlock = (zone: Zone, startAt: number): Block => {
  const endAt = startAt + blockMs
  const startsAt = [startAt]
  const offsetsMs = [readOffsetMs(zone, startAt)]
  for (let from = startAt; from < endAt; from += probeMs) {
    const last = from + probeMs - secondMs
    if (readOffsetMs(zone, last) === offsetsMs[offsetsMs.length - 1]) continue
    const changeAt = bisectChange(zone, from - secondMs, last)
    startsAt.push(changeAt)
    offsetsMs.push(readOffsetMs(zone, changeAt))
  }
  return { startsAt, offsetsMs, endAt }
}

/** Offsets change on whole seconds; `before` has the old offset, `after` the new one. */
const bisectChange = (zone: Zone, before: number, after: number): number => {
  const oldMs = readOffsetMs(zone, before)
  let low = before
  let high = after
  while (high - low > secondMs) {
    const middle = low + Math.floor((high - low) / (2 * secondMs)) * secondMs
    if (readOffsetMs(zone, middle) === oldMs) low = middle
    else high = middle
  }
  return high
}

const readOffsetMs = (zone: Zone, t: number): number => {
  const parts: Record<string, number> = {}
  for (const { type, value } of zone.clock.formatToParts(t)) parts[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - t
}
