import { hash } from 'node:crypto'

/** What stands for a text that is only ever compared: 48 bits, never negative. */
export type Digest = number

const digestBytes = 6

/** Two texts share one by a chance of 2^-48: thousands of snapshots are not kept in memory to be compared with the next. */
export const digestText = (text: string): Digest => hash('sha1', text, 'buffer').readUIntBE(0, digestBytes)
