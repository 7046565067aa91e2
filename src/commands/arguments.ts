import { readTime } from '../core/event-fields.ts'
import { type GroupingSet, isDimensionName, normaliseSet, uniqueSets } from '../core/scopes.ts'
import { parseWindow, type WindowSpec } from '../core/windows.ts'
import { FloorwatchError } from '../errors.ts'

const refuse = (option: string, detail: string): never => {
  throw new FloorwatchError('usage-invalid', `${option}: ${detail}`)
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `15m`, `1h`, `30d` in ms. */
export const parseDuration = (option: string, text: string): number => {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  const durationMs = Math.round(Number(number) * (unitsMs[unit ?? ''] ?? Number.NaN))
  return durationMs > 0 ? durationMs : refuse(option, `'${text}' is no duration; write 5s, 15m, 1h or 30d`)
}

/** ISO-8601 with a zone, or epoch ms. */
export const parseInstant = (option: string, text: string): number => {
  const read = readTime(/^\d+$/.test(text) ? Number(text) : text)
  return typeof read === 'number' ? read : refuse(option, `'${text}' ${read}, as in 2026-11-21T09:00:00Z`)
}

/** Each once. */
export const parseWindows = (option: string, text: string): readonly WindowSpec[] => {
  const windows = text.split(',').map((id) => {
    const parsed = parseWindow(id.trim())
    return parsed.ok ? parsed.window : refuse(option, parsed.detail)
  })
  return [...new Map(windows.map((window) => [window.id, window])).values()]
}

/** Sets parted by `;`, dimensions by `,`; an empty one is the whole tenant. Each once. */
export const parseSets = (option: string, text: string): readonly GroupingSet[] => {
  const sets = text.split(';').map((set) => {
    const names = set.trim() === '' ? [] : set.split(',').map((name) => name.trim())
    if (names.includes(''))
      refuse(option, `'${text}' names an empty dimension; write queueId;channel,queueId`)
    for (const name of names) if (!isDimensionName(name)) refuse(option, `'${name}' cannot name a dimension`)
    return normaliseSet(names)
  })
  return uniqueSets(sets)
}

/** A number within bounds. */
export const parseNumber = (
  option: string,
  text: string,
  { min, max, whole = true }: { readonly min: number; readonly max: number; readonly whole?: boolean },
): number => {
  const value = Number(text)
  const isFit = text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))
  return isFit
    ? value
    : refuse(option, `'${text}' is no ${whole ? 'whole ' : ''}number from ${min} to ${max}`)
}
