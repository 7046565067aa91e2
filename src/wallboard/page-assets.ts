import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { FloorwatchError } from '../errors.ts'

type Encoding = 'br' | 'gzip' | 'identity'

export type PageAsset = {
  readonly type: string
  readonly etag: string
  readonly bytes: Readonly<Record<Encoding, Buffer>>
}

const files = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/favicon.svg', file: 'favicon.svg', type: 'image/svg+xml' },
] as const

/** Where the bundled page lies: beside the built server, and in `dist` when the sources run themselves. */
export function defaultPageDir(): URL {
  const isSource = import.meta.url.endsWith('.ts')
  return new URL(isSource ? '../../dist/wallboard/page/' : './page/', import.meta.url)
}

/** Reads and compresses the page once. A page that was never built throws `file-unreadable`. */
export async function loadPageAssets(pageDir: URL): Promise<ReadonlyMap<string, PageAsset>> {
  const assets = await Promise.all(
    files.map(
      async ({ path, file, type }) => [path, packAsset(type, await readPageFile(pageDir, file))] as const,
    ),
  )
  return new Map(assets)
}

export function chooseEncoding(accepted: string | undefined): Encoding {
  const names = (accepted ?? '').split(',').map((part) => part.trim().toLowerCase())
  const isAccepted = (name: Encoding): boolean =>
    names.some((part) => part === name || part.startsWith(`${name};q=1`))
  if (isAccepted('br')) return 'br'
  return isAccepted('gzip') ? 'gzip' : 'identity'
}

async function readPageFile(pageDir: URL, file: string): Promise<Buffer> {
  const url = new URL(file, pageDir)
  try {
    return await readFile(url)
  } catch (error) {
    const message = `the wallboard's page is not built (${fileURLToPath(url)} cannot be read): run npm run build`
    throw new FloorwatchError('file-unreadable', message, error)
  }
}

function packAsset(type: string, identity: Buffer): PageAsset {
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`
  return { type, etag, bytes: { identity, gzip: gzipSync(identity), br: brotliCompressSync(identity) } }
}
