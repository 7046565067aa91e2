/** Resolves at the first SIGINT or SIGTERM; later ones, such as a terminal's second copy, change nothing. */
export const stopSignal = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal))
  })
