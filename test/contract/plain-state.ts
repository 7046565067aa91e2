import type { Bytes, Commit, Epoch, ShardChanges, ShardState } from '../../src/ports.ts'

type Changes<T> = Readonly<Record<string, T | null>>

/** A commit's changes in plain text, as tests write them. */
export type PlainChanges = {
  readonly subjects?: Changes<string>
  readonly cells?: Changes<Changes<string>>
  readonly open?: Changes<string>
  readonly journal?: Changes<string>
}

/** A shard in plain text: what the store is compared with. */
export type Model = {
  readonly lastId: string
  readonly head: string | null
  readonly subjects: Readonly<Record<string, string>>
  readonly cells: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly open: Readonly<Record<string, string>>
  readonly journal: Readonly<Record<string, string>>
}

export const emptyModel: Model = { lastId: '', head: null, subjects: {}, cells: {}, open: {}, journal: {} }

export const commitOf = (
  epoch: Epoch,
  [previousId, id]: readonly [string, string],
  changes: PlainChanges,
  head = `head ${id}`,
): Commit => ({
  epoch,
  previousId,
  id,
  head: Buffer.from(head),
  subjects: toBytes(changes.subjects ?? {}),
  cells: new Map(
    Object.entries(changes.cells ?? {}).map(([key, fields]) => [
      key,
      fields === null ? null : toBytes(fields),
    ]),
  ),
  open: toBytes(changes.open ?? {}),
  journal: toBytes(changes.journal ?? {}),
})

const toBytes = (changes: Changes<string>): Map<string, Bytes | null> =>
  new Map(Object.entries(changes).map(([key, text]) => [key, text === null ? null : Buffer.from(text)]))

export const plainText = (value: Bytes | null): string | null =>
  value === null ? null : Buffer.from(value).toString()

export const plainMap = <T extends Bytes | null>(values: ReadonlyMap<string, T>) =>
  Object.fromEntries([...values].map(([key, value]) => [key, plainText(value)])) as Record<
    string,
    T extends null ? string | null : string
  >

export const plainCells = <T extends ReadonlyMap<string, Bytes> | null>(cells: ReadonlyMap<string, T>) =>
  Object.fromEntries(
    [...cells].map(([key, fields]) => [key, fields === null ? null : plainMap(fields)]),
  ) as Record<string, T extends null ? Record<string, string> | null : Record<string, string>>

export const plainChanges = (changes: ShardChanges) => ({
  incremental: changes.incremental,
  lastId: changes.lastId,
  head: plainText(changes.head),
  cells: plainCells(changes.cells),
  open: plainMap(changes.open),
  journal: plainMap(changes.journal),
})

export const modelOf = (state: ShardState, subjects: Model['subjects']): Model => ({
  lastId: state.lastId,
  head: plainText(state.head),
  subjects,
  cells: plainCells(state.cells),
  open: plainMap(state.open),
  journal: plainMap(state.journal),
})

/** What the plain model says a commit does. */
export const applyChanges = (model: Model, id: string, changes: PlainChanges): Model => ({
  lastId: id,
  head: `head ${id}`,
  subjects: mergeChanges(model.subjects, changes.subjects ?? {}),
  cells: mergeCells(model.cells, changes.cells ?? {}),
  open: mergeChanges(model.open, changes.open ?? {}),
  journal: mergeChanges(model.journal, changes.journal ?? {}),
})

export const mergeChanges = <T>(
  standing: Readonly<Record<string, T>>,
  changes: Changes<T>,
): Record<string, T> =>
  Object.fromEntries(
    Object.entries({ ...standing, ...changes }).filter((entry): entry is [string, T] => entry[1] !== null),
  )

const mergeCells = (standing: Model['cells'], changes: Changes<Changes<string>>): Model['cells'] => {
  const merged = Object.entries(changes).map(([scopeKey, fields]) => {
    const cells = fields === null ? {} : mergeChanges(standing[scopeKey] ?? {}, fields)
    return [scopeKey, Object.keys(cells).length === 0 ? null : cells] as const
  })
  return mergeChanges(standing, Object.fromEntries(merged))
}
