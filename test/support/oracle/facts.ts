/** Dimensions of a fact by name, attributes among them; a dimension that is missing has no entry. */
export type Dims = Readonly<Record<string, string>>

/** Something that happened at an instant: `value` is a sample or 1. */
export type Fact = {
  readonly measure: string
  readonly at: number
  readonly value: number
  readonly dims: Dims
  /** Reason, mode, score scale: what a breakdown tells apart. */
  readonly part?: string
  /** Calls that are not inbound count only where the scope names a direction. */
  readonly isCall?: boolean
}

/** Something that lasts: in the gauge from `from` on, no longer at `to`. */
export type Span = {
  readonly gauge: string
  readonly from: number
  readonly to: number
  readonly dims: Dims
  /** Call or ticket. */
  readonly id: string
  /** Since when, as shown to people: may lie before `from`. */
  readonly sinceAt: number
  readonly part?: string
  readonly isCall?: boolean
}

export type Findings = { readonly facts: readonly Fact[]; readonly spans: readonly Span[] }

export type Scope = Readonly<Record<string, string>>

export const isInScope = (item: Fact | Span, scope: Scope): boolean => {
  const isOutbound =
    item.isCall === true && item.dims.direction !== undefined && item.dims.direction !== 'inbound'
  if (isOutbound && scope.direction === undefined) return false
  return Object.entries(scope).every(([name, value]) => item.dims[name] === value)
}

export const joinFindings = (all: readonly Findings[]): Findings => ({
  facts: all.flatMap((findings) => findings.facts),
  spans: all.flatMap((findings) => findings.spans),
})
