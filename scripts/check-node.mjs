/** Kept to syntax that old versions of Node can parse, so that they can print the line below. */
var major = Number(process.versions.node.split('.')[0])
if (major < 20) {
  console.error(
    'Floorwatch needs Node 20 or later; this is Node ' +
      process.versions.node +
      '. Get one from https://nodejs.org',
  )
  process.exit(1)
}
