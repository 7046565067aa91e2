import { registerHooks } from 'node:module'
import type { Alteration } from '../world.ts'
import { type Patch, sourceBugs } from './source-bugs.ts'

/** Plants a bug into the product before any of it is loaded; returns what is to be altered at its ports. */
export const plantBug = async (name: string): Promise<Alteration> => {
  const inSource = sourceBugs[name]
  if (inSource) {
    patchSources(inSource.patches)
    return {}
  }
  const { portBugs } = await import('./port-bugs.ts')
  const atPorts = portBugs[name]
  if (!atPorts) throw new Error(`no bug is called ${name}: ${(await listBugs()).join(', ')}`)
  return atPorts.alteration
}

export const listBugs = async (): Promise<readonly string[]> => {
  const { portBugs } = await import('./port-bugs.ts')
  return [...Object.keys(portBugs), ...Object.keys(sourceBugs)]
}

const patchSources = (patches: readonly Patch[]): void => {
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      const fitting = patches.filter(({ file }) => url.endsWith(file))
      if (fitting.length === 0) return loaded
      return { ...loaded, source: patchSource(String(loaded.source), fitting) }
    },
  })
}

/** Fails where the product no longer says what the bug replaces: then the bug must be planted anew. */
export const patchSource = (source: string, patches: readonly Patch[]): string =>
  patches.reduce((text, { file, from, to }) => {
    const parts = text.split(from)
    if (parts.length !== 2)
      throw new Error(`${file} holds ${parts.length - 1} times, not once, what the bug replaces: ${from}`)
    return parts.join(to)
  }, source)
