import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findCommand, installOnce, libraryPath, requireCommand, unpackDebian } from './packages.ts'

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Path of a Chromium: FLOORWATCH_TEST_CHROMIUM, or from PATH, or from its Debian package. */
export async function findChromium(): Promise<string> {
  const found = process.env.FLOORWATCH_TEST_CHROMIUM ?? (await findCommand(browsers))
  if (found !== undefined) return found
  try {
    if (process.getuid?.() === 0) return await requireCommand('chromium', 'chromium')
    return join(await installOnce('chromium', unpackChromium), 'chromium')
  } catch (cause) {
    throw new Error(
      `The tests need a Chromium. Name one in FLOORWATCH_TEST_CHROMIUM, or install chromium or Google Chrome. ${(cause as Error).message}`,
      { cause },
    )
  }
}

async function unpackChromium(folder: string): Promise<void> {
  await unpackDebian('chromium', folder)
  const libraries = (await libraryPath(folder)).replaceAll(folder, '$here')
  const script = `#!/bin/sh\nhere=$(dirname "$0")\nLD_LIBRARY_PATH="${libraries}" exec "$here/usr/lib/chromium/chromium" "$@"\n`
  await writeFile(join(folder, 'chromium'), script)
  await chmod(join(folder, 'chromium'), 0o755)
}
