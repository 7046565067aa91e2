import type { RebuildProgress } from '../rebuild-progress.ts'

export type ProgressLine = {
  show(progress: RebuildProgress): void
  /** Leaves the line, so that something else can be said. */
  end(): void
}

export type ProgressTarget = { readonly isTTY?: boolean; write(text: string): unknown }

const terminalEveryMs = 500
const logEveryMs = 10_000

/** On a terminal one line that changes, elsewhere a line every ten seconds. */
export const createProgressLine = (target: ProgressTarget, now: () => number = Date.now): ProgressLine => {
  const everyMs = target.isTTY ? terminalEveryMs : logEveryMs
  const pace = { atMs: now(), recordCount: 0 }
  let shownMs = now()
  let isOpen = false
  return {
    show: (progress) => {
      const nowMs = now()
      if (pace.recordCount === 0) Object.assign(pace, { atMs: nowMs, recordCount: progress.recordCount })
      if (nowMs - shownMs < everyMs) return
      shownMs = nowMs
      const perSecond = ((progress.recordCount - pace.recordCount) * 1_000) / Math.max(1, nowMs - pace.atMs)
      const line = formatProgress(progress, perSecond)
      target.write(target.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
      isOpen = target.isTTY === true
    },
    end: () => {
      if (isOpen) target.write('\n')
      isOpen = false
    },
  }
}

const phases: Readonly<Record<RebuildProgress['phase'], string>> = {
  counting: 'counting to where the live state stands',
  'catching-up': 'catching up with the log',
}

/** `counting …: 61 %, 1234567 records, up to 2026-11-21T09:00:00.000Z, 50000/s`. */
export const formatProgress = (
  { phase, recordCount, readCount, wantedCount, eventAtMs }: RebuildProgress,
  perSecond: number,
): string => {
  const percent = wantedCount === 0 ? 100 : Math.floor((100 * readCount) / wantedCount)
  const at = eventAtMs === null ? 'no event yet' : `up to ${new Date(eventAtMs).toISOString()}`
  return `${phases[phase]}: ${percent} %, ${recordCount} records, ${at}, ${Math.round(perSecond)}/s`
}
