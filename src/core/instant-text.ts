const textsMax = 1_000
const texts = new Map<number, string>()

/** ISO 8601 of epoch ms. Snapshots name the same few instants again and again: each is written once, as long as there are few. */
export const instantText = (atMs: number): string => {
  const known = texts.get(atMs)
  if (known !== undefined) return known
  if (texts.size >= textsMax) texts.clear()
  const text = new Date(atMs).toISOString()
  texts.set(atMs, text)
  return text
}
