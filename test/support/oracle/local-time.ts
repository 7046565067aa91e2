const minuteMs = 60_000
const dayMs = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, made)
  return made
}

/** What the wall clock shows at an instant, as if it were UTC: epoch ms of the local reading. */
export const wallClockAt = (zone: string, at: number): number => {
  if (zone === 'UTC') return at
  const parts = formatOf(zone).formatToParts(at)
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const reading = Date.UTC(
    read('year'),
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
    read('second'),
  )
  return reading + (((at % 1000) + 1000) % 1000)
}

/** The first instant at which the wall clock shows the reading; of a reading that is skipped, the end of the gap. */
export const instantOfWallClock = (zone: string, reading: number): number => {
  if (zone === 'UTC') return reading
  const offsets = [-36, -12, 12, 36].map((hours) => {
    const near = reading + hours * 3_600_000
    return wallClockAt(zone, near) - near
  })
  const exact = offsets.map((offset) => reading - offset).filter((at) => wallClockAt(zone, at) === reading)
  return exact.length > 0 ? Math.min(...exact) : endOfGap(zone, reading, Math.max(...offsets))
}

const endOfGap = (zone: string, reading: number, largestOffset: number): number => {
  let at = Math.floor((reading - largestOffset) / minuteMs) * minuteMs
  while (wallClockAt(zone, at) < reading) at += minuteMs
  return at
}

/** A local date, as days since 1970-01-01. */
export const localDateAt = (zone: string, at: number): number => Math.floor(wallClockAt(zone, at) / dayMs)

export const startOfDate = (zone: string, date: number): number => instantOfWallClock(zone, date * dayMs)

export const dateOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / dayMs

/** `08:30` as ms since midnight. */
export const timeOfDayMs = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return (hours * 60 + minutes) * minuteMs
}
