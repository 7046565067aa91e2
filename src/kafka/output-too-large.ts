/** Decompressing would give more bytes than the limit. */
export class OutputTooLargeError extends Error {
  constructor(bytesMax: number) {
    super(`the decompressed batch is larger than ${bytesMax} bytes; let its producer send smaller batches`)
    this.name = 'OutputTooLargeError'
  }
}
