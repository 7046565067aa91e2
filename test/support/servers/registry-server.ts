import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyMavenDependencies, installOnce, requireCommand, runTool } from './packages.ts'
import { findFreePort, type RunningServer, startProcess } from './server-process.ts'

const version = '2.6.13.Final'

/** Where Apicurio speaks the Confluent registry's protocol. */
export const registryPath = '/apis/ccompat/v7'

/** One Apicurio registry, in memory, from Maven Central: the last line that runs on Java 17. */
export async function startNativeRegistry(): Promise<RunningServer> {
  const java = await requireCommand('java', 'default-jre-headless')
  const app = await installOnce(`apicurio-registry-${version}`, unpackRegistry)
  const folder = await mkdtemp(join(tmpdir(), 'floorwatch-registry-'))
  const port = await findFreePort()
  const address = `http://127.0.0.1:${port}${registryPath}`
  const server = await startProcess({
    command: java,
    args: [
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      '-jar',
      join(app, `apicurio-registry-app-${version}-runner.jar`),
    ],
    folder,
    isFolderTemporary: true,
    env: { QUARKUS_HTTP_HOST: '127.0.0.1', QUARKUS_HTTP_PORT: String(port) },
    isReady: () => isRegistryReady(address),
  })
  return { address, port, pid: server.pid, stop: server.stop }
}

async function unpackRegistry(folder: string): Promise<void> {
  const download = await mkdtemp(join(tmpdir(), 'floorwatch-download-'))
  try {
    await copyMavenDependencies('registry-pom.xml', download)
    const [archive] = await readdir(download)
    if (archive === undefined) throw new Error('Maven brought no archive of the registry')
    await runTool('tar', ['-xzf', join(download, archive), '-C', folder])
  } finally {
    await rm(download, { recursive: true, force: true })
  }
}

/** Whether a registry answers at that base URL. */
async function isRegistryReady(address: string): Promise<boolean> {
  return fetch(`${address}/subjects`).then(
    (response) => response.ok,
    () => false,
  )
}
