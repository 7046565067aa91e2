import { type Profiler, Session } from 'node:inspector/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const samplingUs = 500
const functionsShown = 10
const collector = '(garbage collector)'

/** Runs it once more under the CPU profiler. A line each: garbage collection, then the functions with the most self time. */
export const profileRun = async (run: () => void): Promise<readonly string[]> => {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: samplingUs })
    await session.post('Profiler.start')
    run()
    const { profile } = await session.post('Profiler.stop')
    return describeProfile(profile)
  } finally {
    session.disconnect()
  }
}

const describeProfile = (profile: Profiler.Profile): readonly string[] => {
  const selfUs = selfTimes(profile)
  const totalUs = [...selfUs.values()].reduce((sum, us) => sum + us, 0)
  const percent = (us: number) => `${((us / totalUs) * 100).toFixed(1)} %`.padStart(7)
  const functions = [...selfUs]
    .filter(([name]) => !name.startsWith('('))
    .sort(([, a], [, b]) => b - a)
    .slice(0, functionsShown)
  return [
    `${percent(selfUs.get(collector) ?? 0)}  of ${(totalUs / 1000).toFixed(0)} ms is garbage collection`,
    ...functions.map(([name, us]) => `${percent(us)}  ${name}`),
  ]
}

/** Of each function, however it was reached; without idle time, and what the profiler itself takes. */
const selfTimes = ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Map<string, number> => {
  const counted = nodes.filter(
    ({ callFrame }) => callFrame.functionName !== '(idle)' && callFrame.url !== 'node:inspector',
  )
  const names = new Map(counted.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const selfUs = new Map<string, number>()
  samples.forEach((id, at) => {
    const name = names.get(id)
    if (name !== undefined) selfUs.set(name, (selfUs.get(name) ?? 0) + (timeDeltas[at] ?? 0))
  })
  return selfUs
}

const nameOf = ({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): string => {
  if (functionName.startsWith('(')) return functionName
  const file = url.startsWith('file:') ? relative('.', fileURLToPath(url)) : url
  return `${functionName || 'anonymous'} ${file === '' ? 'native' : `${file}:${lineNumber + 1}`}`
}
