/** What stands for a text that is only ever compared: 53 bits, never negative. */
export type Digest = number

/**
 * Two texts share one by a chance of 2^-53: thousands of snapshots are not kept in memory to be compared with the next.
 * The function is cyrb53 (https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js, public domain).
 */
export const digestText = (text: string): Digest => {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    high = Math.imul(high ^ code, 2_654_435_761)
    low = Math.imul(low ^ code, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0)
}
