import type { Decoded } from '../ports.ts'

/** One line of a file that is not blank. `line` counts from 1. */
export type FileRecord = { readonly file: string; readonly line: number; readonly decoded: Decoded }
