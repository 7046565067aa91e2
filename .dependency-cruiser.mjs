/** Draws the import graph and forbids cycles. TypeScript 7 has no API for it to use, so it reads the sources with swc. */
export default {
  forbidden: [{ name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } }],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    includeOnly: '^src/',
    enhancedResolveOptions: { extensions: ['.ts'] },
  },
}
