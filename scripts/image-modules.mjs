// Copies what the service can load of node_modules: node scripts/image-modules.mjs FOLDER
import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { root } from './run-command.mjs'

/** Packages that src/cli.ts reaches by its imports, by their paths in the checkout. Others come along with these and are never loaded. */
export async function reachedPackages() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join('src', 'cli.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'warning',
  })
  const folders = Object.keys(metafile.inputs).map((file) => packageOf(file))
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort()
}

/** The folder of the innermost package that the file belongs to; undefined: it is our own. */
const packageOf = (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]

/** Whole packages, with their licences; one that lies in another's folder is one of its own. */
export async function copyReachedPackages(folder) {
  for (const source of await reachedPackages())
    await cp(join(root, source), join(folder, source.slice('node_modules/'.length)), {
      recursive: true,
      filter: (path) => !path.slice(join(root, source).length).includes('node_modules'),
    })
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [, , folder] = process.argv
  if (folder === undefined)
    throw new Error('name the folder to copy to: node scripts/image-modules.mjs FOLDER')
  await copyReachedPackages(resolve(folder))
}
