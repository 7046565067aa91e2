import { execFile } from 'node:child_process'
import { access, constants, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Where downloaded servers stay between runs: FLOORWATCH_TEST_CACHE, or the user's cache folder. */
function cacheFolder(): string {
  return (
    process.env.FLOORWATCH_TEST_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'floorwatch', 'test-servers')
  )
}

/** The folder `name` of the cache, filled once; several processes may ask for it at the same time. */
export async function installOnce(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (await exists(folder)) return folder
  await mkdir(cacheFolder(), { recursive: true })
  const draft = await mkdtemp(join(cacheFolder(), `.${name}-`))
  try {
    await fill(draft)
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(folder))) throw error
  }
  return folder
}

/** Files from Maven Central: everything that `pom` depends on, in `folder`. */
export async function copyMavenDependencies(pom: string, folder: string): Promise<void> {
  const mvn = await requireCommand('mvn', 'maven')
  await requireCommand('java', 'default-jre-headless')
  const file = fileURLToPath(new URL(pom, import.meta.url))
  await runTool(mvn, ['-q', '-B', '-f', file, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`])
}

/** The path of a command; where it is missing and we are root on Debian, its package is installed. */
export async function requireCommand(command: string, debianPackage: string): Promise<string> {
  const found = await findCommand([command])
  if (found !== undefined) return found
  if (process.getuid?.() !== 0) throw new Error(`${command} is missing (Debian package ${debianPackage})`)
  await runTool('apt-get', ['update', '-qq'])
  await runTool('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], {
    DEBIAN_FRONTEND: 'noninteractive',
  })
  const installed = await findCommand([command])
  if (installed === undefined) throw new Error(`the Debian package ${debianPackage} brought no ${command}`)
  return installed
}

/** The first of these commands that is on PATH. */
export async function findCommand(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name)
      if (await isExecutable(path)) return path
    }
  }
  return undefined
}

/**
 * Downloads a Debian package with what it needs beyond the packages that are installed, and unpacks them into `folder`
 * instead of installing them: that needs no root, and starts no service.
 */
export async function unpackDebian(debianPackage: string, folder: string): Promise<void> {
  const own = await makeAptFolders(folder)
  await runTool('apt-get', ['update', '-qq', ...own])
  await runTool('apt-get', [
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    '--download-only',
    '--reinstall',
    ...own,
    debianPackage,
  ])
  const archives = join(folder, 'apt', 'archives')
  await runTool('sh', [
    '-c',
    'for f in "$1"/*.deb; do dpkg -x "$f" "$2" || exit 1; done',
    'sh',
    archives,
    folder,
  ])
  await rm(join(folder, 'apt'), { recursive: true })
}

/** The folders of unpacked packages in which the loader finds their libraries. */
export async function libraryPath(folder: string): Promise<string> {
  const { stdout } = await execute('find', [folder, '-name', '*.so*', '-printf', '%h\n'])
  return [...new Set(stdout.trim().split('\n'))].join(delimiter)
}

async function makeAptFolders(folder: string): Promise<string[]> {
  const lists = join(folder, 'apt', 'lists')
  const archives = join(folder, 'apt', 'archives')
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(archives, 'partial'), { recursive: true })
  const options = {
    'Dir::State::lists': lists,
    'Dir::Cache': join(folder, 'apt'),
    'Dir::Cache::archives': archives,
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
  }
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

/** Runs a command to its end; rejects with what it printed. */
export async function runTool(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { env: { ...process.env, ...env }, maxBuffer: 64 << 20 })
    return stdout
  } catch (cause) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = cause as { stdout?: string; stderr?: string; message: string }
    const printed = `${stdout}${stderr}`.trim().split('\n').slice(-10).join('\n')
    throw new Error(`${command} ${args[0] ?? ''} failed: ${printed || message}`, { cause })
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
