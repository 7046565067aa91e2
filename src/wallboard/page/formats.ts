/** Figures as people read them on a wall. `small` parts are set smaller, so that the figure itself can be large. */
export type Figure = readonly { readonly text: string; readonly small?: boolean }[]

export const noFigure: Figure = [{ text: '—' }]

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const counts = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const decimals = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 })

export function formatValue(value: number | null, unit: string): Figure {
  if (value === null) return noFigure
  switch (unit) {
    case 'ms':
      return formatDuration(value)
    case 'ratio':
      return formatShare(value)
    case 'points':
      return [{ text: `${value > 0 ? '+' : value < 0 ? '−' : ''}${counts.format(Math.abs(value))}` }]
    case 'count':
      return [{ text: counts.format(value) }]
    default:
      return [{ text: decimals.format(value) }]
  }
}

/** 65,000 → 1:05; from an hour on hours and minutes, from two days on days and hours. */
export function formatDuration(valueMs: number): Figure {
  const ms = Math.max(0, valueMs)
  if (ms < hour) return [{ text: `${Math.floor(ms / minute)}:${pad((ms % minute) / second)}` }]
  if (ms < 2 * day) return withUnits([Math.floor(ms / hour), 'h'], [pad((ms % hour) / minute), 'm'])
  return withUnits([counts.format(Math.floor(ms / day)), 'd'], [Math.floor((ms % day) / hour), 'h'])
}

function withUnits(...parts: readonly (readonly [number | string, string])[]): Figure {
  return parts.flatMap(([value, unit]) => [{ text: `${value}` }, { text: unit, small: true }])
}

function pad(value: number): string {
  return `${Math.floor(value)}`.padStart(2, '0')
}

/** One decimal, and never rounded onto 0 or 100 %: only all is 100 %, only none is 0. */
export function formatShare(share: number): Figure {
  const percent = Math.round(share * 1_000) / 10
  if (share > 0 && share < 1) return splitPercent(Math.min(99.9, Math.max(0.1, percent)))
  return splitPercent(percent)
}

function splitPercent(percent: number): Figure {
  const [whole = '', tenths = '0'] = percent.toFixed(1).split('.')
  const fraction = percent === 100 || percent === 0 ? '' : `.${tenths}`
  return [{ text: whole }, { text: `${fraction} %`, small: true }]
}

export function formatCount(value: number): string {
  return counts.format(value)
}

export function formatText(figure: Figure): string {
  return figure.map(({ text }) => text).join('')
}

/** A target needs no tenths where it has none. */
export function formatTarget(value: number, unit: string): string {
  return formatText(formatValue(value, unit)).replace('.0 %', ' %')
}

/** Age of a feed: `1 s`, `14 s`, `3 min`, `2 h`. */
export function formatAge(ageMs: number): string {
  if (ageMs < 2 * minute) return `${Math.floor(ageMs / second)} s`
  if (ageMs < 2 * hour) return `${Math.floor(ageMs / minute)} min`
  return ageMs < 2 * day ? `${Math.floor(ageMs / hour)} h` : `${Math.floor(ageMs / day)} days`
}

export type ZoneTime = { time(atMs: number): string; moment(atMs: number): string }

/** Wall-clock time in the site's zone; `moment` names the day too when it is not `todayMs`'s. */
export function createZoneTime(zone: string, todayMs: () => number): ZoneTime {
  const options = { timeZone: zone, hourCycle: 'h23' } as const
  const clock = new Intl.DateTimeFormat('en-GB', { ...options, timeStyle: 'medium' })
  const date = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  })
  return {
    time: (atMs) => clock.format(atMs),
    moment: (atMs) => {
      const isToday = date.format(atMs) === date.format(todayMs())
      return isToday ? clock.format(atMs) : `${date.format(atMs)}, ${clock.format(atMs)}`
    },
  }
}

const windowNames: Readonly<Record<string, string>> = {
  now: 'now',
  '1m': 'last minute',
  '5m': 'last 5 min',
  '15m': 'last 15 min',
  '30m': 'last 30 min',
  '1h': 'last hour',
  '4h': 'last 4 hours',
  '24h': 'last 24 hours',
  '7d': 'last 7 days',
  '30d': 'last 30 days',
  'interval-15m': 'this quarter hour',
  'interval-30m': 'this half hour',
  hour: 'this hour',
  today: 'today',
  week: 'this week',
  month: 'this month',
  quarter: 'this quarter',
  year: 'this year',
  total: 'in all',
}

export function nameWindow(windowId: string): string {
  const [id = '', zone] = windowId.split('@')
  return zone === undefined ? nameCut(id) : `${nameCut(id)} in ${zone}`
}

function nameCut(id: string): string {
  const since = /^since-(\d\d)(\d\d)$/.exec(id)
  return since === null ? (windowNames[id] ?? id) : `since ${since[1]}:${since[2]}`
}
