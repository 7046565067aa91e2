import { createHash } from 'node:crypto'

/** JSON with its keys sorted at every depth: the order of a file decides nothing. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )

/** 16 hex digits that tell one text from another. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
