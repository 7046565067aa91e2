// Bundles the wallboard's page: node scripts/build-page.mjs [folder], by default dist/wallboard/page.
import { copyFile, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const pageDir = fileURLToPath(new URL('../src/wallboard/page/', import.meta.url))
const defaultOutDir = fileURLToPath(new URL('../dist/wallboard/page/', import.meta.url))

/** Writes page.js, page.css, index.html and favicon.svg into the folder. */
export async function buildPage(outDir = defaultOutDir) {
  await mkdir(outDir, { recursive: true })
  const shared = { bundle: true, minify: true, logLevel: 'warning', charset: 'utf8' }
  await Promise.all([
    build({
      ...shared,
      entryPoints: [join(pageDir, 'main.ts')],
      outfile: join(outDir, 'page.js'),
      format: 'esm',
      target: ['es2021'],
      legalComments: 'inline',
    }),
    build({
      ...shared,
      entryPoints: [join(pageDir, 'page.css')],
      outfile: join(outDir, 'page.css'),
      target: ['chrome100', 'safari15', 'firefox100'],
    }),
    ...['index.html', 'favicon.svg'].map((file) => copyFile(join(pageDir, file), join(outDir, file))),
  ])
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildPage(process.argv[2] === undefined ? defaultOutDir : resolve(process.argv[2]))
}
