/** One thing that was looked at. `fix` says what to do when it is not ok. */
export type CheckLine = {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly fix: string | null
}

/** For people: ✓ or ✗, what was looked at, what was found, and the fix below it. */
export const formatCheckLine = ({ name, ok, detail, fix }: CheckLine): string => {
  const line = `${ok ? '✓' : '✗'} ${name}${detail === '' ? '' : `: ${detail}`}\n`
  return ok || fix === null ? line : `${line}  → ${fix}\n`
}

/** A line each, or one JSON array. */
export const formatChecks = (lines: readonly CheckLine[], isJson: boolean): string =>
  isJson ? `${JSON.stringify(lines, null, 2)}\n` : lines.map(formatCheckLine).join('')

/** Exit code: 1 where anything is not ok. */
export const codeOfChecks = (lines: readonly CheckLine[]): number => (lines.every(({ ok }) => ok) ? 0 : 1)
