/** A snapshot's key taken apart: `tenant|scope|window`, every part percent-encoded. */
export type KeyParts = { readonly tenant: string; readonly scope: string; readonly window: string }

export function readKey(key: string): KeyParts {
  const [tenant = '', scope = '', window = ''] = key.split('|')
  return { tenant: decodePart(tenant), scope: decodePart(scope), window: decodePart(window) }
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
