/** One event of a stream, its data parsed. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the frame holds
export type ReadEvent = { readonly event: string; readonly id: string; readonly data: any }

export type EventReader = {
  /** The next event of that name that was not yet handed out; others are left for later. */
  next(event: string): Promise<ReadEvent>
  retryMs(): number
  /** Resolves when the server has ended the stream. */
  ended(): Promise<void>
  close(): void
}

/** Reads server-sent events, as far as the wallboard uses them. */
export async function openEvents(url: string): Promise<EventReader> {
  const aborter = new AbortController()
  const response = await fetch(url, { signal: aborter.signal })
  const unread: ReadEvent[] = []
  const waiting = new Set<() => void>()
  let retryMs = 0
  const takeBlock = (block: string): void => {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    )
    retryMs = Number(fields.get('retry') ?? retryMs)
    unread.push({
      event: fields.get('event') ?? '',
      id: fields.get('id') ?? '',
      data: JSON.parse(fields.get('data') ?? 'null'),
    })
    for (const wake of waiting) wake()
  }
  const ended = readBlocks(response, takeBlock)
  return {
    async next(event) {
      for (;;) {
        const index = unread.findIndex((read) => read.event === event)
        const [found] = index === -1 ? [] : unread.splice(index, 1)
        if (found !== undefined) return found
        await new Promise<void>((resolve) => waiting.add(resolve))
      }
    },
    retryMs: () => retryMs,
    ended: () => ended,
    close: () => aborter.abort(),
  }
}

/** Ends quietly however the stream ends: cut by the server or by the reader. */
async function readBlocks(response: Response, take: (block: string) => void): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const chunk = await reader?.read().catch(() => undefined)
    if (chunk === undefined || chunk.done) return
    const blocks = (rest + chunk.value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) take(block)
  }
}
