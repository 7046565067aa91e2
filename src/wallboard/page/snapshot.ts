/** A snapshot as CONTRACT's JSON has it, read with care: it may come from another version, and ids are untrusted text. */
export type Snapshot = {
  readonly tenantId: string
  readonly scope: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly window: { readonly id: string; readonly startAtMs: number | null; readonly endAtMs: number | null }
  readonly asOfMs: number | null
  readonly lastEventAtMs: number | null
  readonly partial: boolean
  readonly metrics: Readonly<Record<string, Metric>>
}

export type Metric = {
  readonly value: number | null
  readonly unit: string
  readonly n: number | null
  readonly numerator: number | null
  readonly denominator: number | null
  readonly target: number | null
  readonly met: boolean | null
  readonly sinceAtMs: number | null
  readonly policy: string | null
  readonly reason: string | null
  readonly provisional: boolean
  readonly percentiles: Readonly<Record<string, number>>
  readonly parts: Readonly<Record<string, number | null>>
}

type Json = Readonly<Record<string, unknown>>

/** Null when it is no snapshot. */
export function readSnapshot(json: unknown): Snapshot | null {
  if (!isObject(json) || !isObject(json.metrics) || !isObject(json.window)) return null
  const metrics: Record<string, Metric> = {}
  for (const [id, metric] of Object.entries(json.metrics))
    if (isObject(metric)) metrics[id] = readMetric(metric)
  return {
    tenantId: readText(json.tenantId) ?? 'default',
    scope: readTexts(json.scope),
    labels: readTexts(json.labels),
    window: {
      id: readText(json.window.id) ?? '',
      startAtMs: readInstant(json.window.startAt),
      endAtMs: readInstant(json.window.endAt),
    },
    asOfMs: readInstant(json.asOf),
    lastEventAtMs: readInstant(json.lastEventAt),
    partial: json.partial === true,
    metrics,
  }
}

const percentileNames = ['p50', 'p90', 'p95', 'p99', 'max']

function readMetric(json: Json): Metric {
  const percentiles: Record<string, number> = {}
  for (const name of percentileNames) {
    const value = readNumber(json[name])
    if (value !== null) percentiles[name] = value
  }
  return {
    value: readNumber(json.value),
    unit: readText(json.unit) ?? '',
    n: readNumber(json.n),
    numerator: readNumber(json.numerator),
    denominator: readNumber(json.denominator),
    target: readNumber(json.target),
    met: typeof json.met === 'boolean' ? json.met : null,
    sinceAtMs: readInstant(json.sinceAt),
    policy: readText(json.policy),
    reason: readText(json.reason),
    provisional: json.provisional === true,
    percentiles,
    parts: readParts(json.parts),
  }
}

function readParts(json: unknown): Readonly<Record<string, number | null>> {
  if (!isObject(json)) return {}
  const parts = Object.entries(json).map(([name, part]) => [
    name,
    isObject(part) ? readNumber(part.value) : null,
  ])
  return Object.fromEntries(parts) as Record<string, number | null>
}

function readTexts(json: unknown): Readonly<Record<string, string>> {
  if (!isObject(json)) return {}
  return Object.fromEntries(Object.entries(json).filter(([, text]) => typeof text === 'string')) as Record<
    string,
    string
  >
}

function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function readNumber(json: unknown): number | null {
  return typeof json === 'number' && Number.isFinite(json) ? json : null
}

function readText(json: unknown): string | null {
  return typeof json === 'string' && json !== '' ? json : null
}

function readInstant(json: unknown): number | null {
  return typeof json === 'number' ? json : typeof json === 'string' ? readNumber(Date.parse(json)) : null
}
