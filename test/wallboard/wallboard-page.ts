import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** Bundles the page into a folder of its own, the way the build does. */
export async function buildPageForTest(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'floorwatch-page-'))
  await promisify(execFile)(process.execPath, ['scripts/build-page.mjs', folder])
  return pathToFileURL(`${folder}/`)
}
