import type { Span } from '../../src/core/contribution.ts'
import { addItem, createOpenList, type OpenItem, type OpenList } from '../../src/core/open-list.ts'
import { createOpenTable, type OpenTable } from '../../src/core/open-table.ts'

export const openListOf = (items: readonly OpenItem[]): OpenList => {
  const list = createOpenList()
  for (const item of items) addItem(list, item)
  return list
}

export const openTableOf = (entries: readonly (readonly [string, readonly Span[]])[]): OpenTable => {
  const table = createOpenTable()
  for (const [key, spans] of entries) table.set(key, spans)
  return table
}
