/** Writes the generated pages, and the figures of the README: `npm run docs`. A test fails where one is stale. */
import { writeFileSync } from 'node:fs'
import { formatConfigurationPage } from './configuration-page.ts'
import { formatMetricsPage } from './metrics-page.ts'
import { formatReadme } from './speed-table.ts'

/** Path from the checkout → what must stand there. */
export const generatedPages = (): ReadonlyMap<string, string> =>
  new Map([
    ['docs/metrics.md', formatMetricsPage()],
    ['docs/configuration.md', formatConfigurationPage()],
    ['README.md', formatReadme()],
  ])

if (import.meta.main)
  for (const [path, text] of generatedPages()) writeFileSync(new URL(`../${path}`, import.meta.url), text)
