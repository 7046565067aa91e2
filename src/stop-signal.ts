const signals = ['SIGINT', 'SIGTERM'] as const

/** Until a command takes signals itself there is nothing to hand back: the first one ends the process at once. */
export const endAtSignal = (): void => {
  for (const signal of signals) process.on(signal, endUnbegun)
}

const endUnbegun = (): void => {
  process.stdout.write('stopped\n', () => process.exit(0))
}

/** Resolves at the first SIGINT or SIGTERM; later ones, such as a terminal's second copy, change nothing. */
export const stopSignal = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of signals) {
      process.on(signal, () => resolve(signal))
      process.off(signal, endUnbegun)
    }
  })
