/** A place in the order of use. Mutable: only the functions below change it. */
type UsageLink<Used> = {
  older: Used | undefined
  newer: Used | undefined
}

/** What was used, longest ago first: moved without a look into a table. Mutable. */
export type UsageOrder<Used> = { oldest: Used | undefined; newest: Used | undefined }

/** Puts it last; it must not stand in the order. */
export const enterNewest = <Used extends UsageLink<Used>>(order: UsageOrder<Used>, used: Used): void => {
  used.older = order.newest
  if (order.newest) order.newest.newer = used
  else order.oldest = used
  order.newest = used
}

export const leaveOrder = <Used extends UsageLink<Used>>(order: UsageOrder<Used>, used: Used): void => {
  const { older, newer } = used
  if (older) older.newer = newer
  else order.oldest = newer
  if (newer) newer.older = older
  else order.newest = older
  used.older = undefined
  used.newer = undefined
}

export const moveToNewest = <Used extends UsageLink<Used>>(order: UsageOrder<Used>, used: Used): void => {
  if (order.newest === used) return
  leaveOrder(order, used)
  enterNewest(order, used)
}
