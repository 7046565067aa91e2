/** Decompressing would give more bytes than the limit. */
export class OutputTooLargeError extends Error {
  constructor(bytesMax: number) {
    super(`the decompressed batch is larger than ${bytesMax} bytes`)
    this.name = 'OutputTooLargeError'
  }
}
