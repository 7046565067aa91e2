import type { OracleSnapshot } from '../oracle.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }
type JsonObject = { readonly [key: string]: Json | undefined }

/** Sketched: within 1 % and the rounding to the unit. */
const sketched = new Set(['p50', 'p90', 'p95', 'p99', 'max'])
/** What the engine may say beside what the oracle says. */
const optional = new Set(['previous', ...sketched])

export type Compared = {
  readonly metrics: Readonly<Record<string, unknown>>
  readonly worst?: Readonly<Record<string, unknown>>
}

/** How a published snapshot differs from the oracle's, a line each; empty when they agree. */
export const findDifferences = (actual: Compared, expected: OracleSnapshot): readonly string[] => {
  const { metrics, worst } = toJson(expected) as { metrics: JsonObject; worst: JsonObject }
  const shown = toJson(actual) as { metrics: JsonObject; worst?: JsonObject }
  const differences = Object.entries(metrics).flatMap(([id, value]) =>
    compareValue(id, shown.metrics[id], value),
  )
  const lists = Object.entries(worst).filter(([name, list]) => {
    return shown.worst !== undefined && !isSame(shown.worst[name] ?? [], list)
  })
  return [...differences, ...lists.map(([name, list]) => tell(`worst.${name}`, shown.worst?.[name], list))]
}

const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json

const tell = (path: string, actual: Json | undefined, expected: Json | undefined): string =>
  `${path}: ${JSON.stringify(actual)} should be ${JSON.stringify(expected)}`

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const compareValue = (
  path: string,
  actual: Json | undefined,
  expected: Json | undefined,
): readonly string[] => {
  if (!isObject(actual) || !isObject(expected)) {
    return isSame(actual, expected) ? [] : [tell(path, actual, expected)]
  }
  const names = new Set([...Object.keys(actual), ...Object.keys(expected)])
  return [...names].flatMap((name) => {
    const inner = `${path}.${name}`
    if (expected[name] === undefined && optional.has(name)) return []
    if (sketched.has(name))
      return isNear(actual[name], expected[name]) ? [] : [tell(inner, actual[name], expected[name])]
    return compareValue(inner, actual[name], expected[name])
  })
}

const isNear = (actual: Json | undefined, expected: Json | undefined): boolean =>
  typeof actual === 'number' &&
  typeof expected === 'number' &&
  Math.abs(actual - expected) <= Math.abs(expected) * 0.01 + 0.5

const isSame = (actual: Json | undefined, expected: Json | undefined): boolean => {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.length === expected.length && actual.every((item, index) => isSame(item, expected[index]))
  }
  if (!isObject(actual) || !isObject(expected)) return actual === expected
  const names = new Set([...Object.keys(actual), ...Object.keys(expected)])
  return [...names].every((name) => isSame(actual[name], expected[name]))
}
