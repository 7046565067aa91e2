/** Of places where something holds from one on, that one; `count`: it holds nowhere. */
export const firstPlace = (count: number, holds: (place: number) => boolean): number => {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
