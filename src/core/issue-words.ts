import type { z } from 'zod'

/**
 * What a value must be where its schema refuses it, in one line: never the value itself, which may be somebody's data. `root` is
 * what was parsed.
 */
export const describeIssue = (issue: z.core.$ZodIssue, root: unknown): string => {
  switch (issue.code) {
    case 'invalid_type':
      return describeKind(issue.expected, valueAt(root, issue.path))
    case 'invalid_value':
      return valueAt(root, issue.path) === undefined
        ? `is missing; add one of ${issue.values.join(', ')}`
        : `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`
    case 'too_small':
      return isNumber(issue) || issue.minimum !== 1
        ? describeBound(issue, 'at least', issue.minimum)
        : 'must not be empty'
    case 'too_big':
      return describeBound(issue, 'at most', issue.maximum)
    case 'invalid_key':
      return `its name ${issue.issues.map((inner) => describeIssue(inner, '')).join(', ')}`
    default:
      return issue.message
  }
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    root,
  )

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
}

const describeKind = (expected: string, value: unknown): string => {
  const wanted = kinds[expected] ?? expected
  if (value === undefined) return `is missing; add ${wanted}`
  if (value === null) return `must be ${wanted}, not null`
  if (typeof value === 'number' && !Number.isFinite(value)) return `must be ${wanted} that is finite`
  const found = Array.isArray(value) ? 'array' : typeof value
  return expected === 'int' && found === 'number'
    ? `must be ${wanted}`
    : `must be ${wanted}, not ${kinds[found] ?? found}`
}

type Bounded = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig

const isNumber = ({ origin }: Bounded): boolean => origin === 'number' || origin === 'int'

const describeBound = (issue: Bounded, bound: 'at least' | 'at most', size: number | bigint): string => {
  if (isNumber(issue)) return `must be ${bound} ${size}`
  return `must have ${bound} ${size} ${issue.origin === 'string' ? 'characters' : 'entries'}`
}
