import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.mjs'

const nodeMajor = 24
const builtFrom = ['src', 'schemas', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

/** Dependencies, the right Node and a fresh build, each only when needed. Returns the path of that Node. */
export async function setUp() {
  await installDependencies()
  const node = await findNode()
  await buildWhenStale(node)
  return node
}

/** Dependencies and the right Node alone. */
export async function installDependencies() {
  if (isInstalled()) return
  const [npm, ...first] = npmCommand()
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error']
  await step('Installing the dependencies (npm ci; a minute or two the first time) …', npm, args)
}

/** The Node to run Floorwatch with: the one that runs this script if it is new enough, else the one in node_modules. */
export async function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= nodeMajor) return process.execPath
  const bundled = join(
    root,
    'node_modules',
    'node',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  if (!isWorking(bundled)) {
    // The `node` package fetches its binary in an install script, which npm may have been told not to run.
    await step(`Fetching Node ${nodeMajor} …`, process.execPath, ['installArchSpecificPackage'], {
      cwd: join(root, 'node_modules', 'node'),
    })
  }
  if (isWorking(bundled)) return bundled
  throw new SetUpError(
    `Floorwatch runs on Node ${nodeMajor}; this is Node ${process.versions.node} and the npm package "node" has no binary ` +
      `for ${process.platform}-${process.arch}. Install Node ${nodeMajor} from https://nodejs.org and try again.`,
  )
}

export class SetUpError extends Error {}

/** Runs `task` and turns what went wrong in it into one line and exit code 1. */
export async function runMain(task) {
  try {
    process.exitCode = await task()
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

/** What stands in node_modules is compared with the lockfile entry by entry: times tell nothing after a checkout. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'))
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || present[path]?.version === entry.version,
  )
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {}
}

function isWorking(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.startsWith(`v${nodeMajor}.`) ?? false
}

async function buildWhenStale(node) {
  const stamp = join(root, 'dist', '.built')
  const builtAtMs = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  if (builtAtMs > Math.max(...builtFrom.map((path) => newestMs(join(root, path))))) return
  await step('Building Floorwatch and its wallboard …', node, ['scripts/build.mjs'])
}

function newestMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))))
}

async function step(line, command, args, options) {
  console.log(line)
  const ran = await runCommand(command, args, options)
  if (ran.stopped) process.exit(0)
  if (ran.code !== 0) throw new SetUpError(`That failed with exit code ${ran.code}; the lines above say why.`)
}

/** The npm that runs this script, with the Node that runs it: another one may not find its configuration. */
function npmCommand() {
  const { npm_node_execpath: node, npm_execpath: npm } = process.env
  if (node !== undefined && npm !== undefined) return [node, npm]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}
