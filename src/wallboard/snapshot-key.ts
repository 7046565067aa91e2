/** What a reader asks of keys; null: any. */
export type AskedKey = {
  readonly tenant: string | null
  readonly scope: string | null
  readonly window: string | null
}

/**
 * Which keys (`tenant|scope|window`, every part percent-encoded) were asked for. Scopes are compared as keys write them: of a
 * decoded one nobody can tell a comma in a value from the one before the next dimension.
 */
export function keyFilter(asked: AskedKey): (key: string) => boolean {
  const wantedScope = asked.scope === null ? null : encodeScope(asked.scope)
  return (key) => {
    const [tenant = '', scope = '', window = ''] = key.split('|')
    if (wantedScope !== null && wantedScope !== scope) return false
    if (asked.window !== null && asked.window !== decodePart(window)) return false
    return asked.tenant === null || asked.tenant === decodePart(tenant)
  }
}

/** As people write it or as a key does: `queueId=a b` and `queueId=a%20b` are one scope. */
function encodeScope(scope: string): string {
  return scope
    .split(/,(?=[^,=]*=)/)
    .map((pair) => pair.split(/=(.*)/s, 2).map((part) => encodeURIComponent(decodePart(part))))
    .map((pair) => pair.join('='))
    .join(',')
}

/** Single agents stay off the wall: their numbers would only press them, and there may be thousands. */
export function isOnWall(key: string): boolean {
  return !key
    .split('|')[1]
    ?.split(',')
    .some((part) => part.startsWith('agentId='))
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
