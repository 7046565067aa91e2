import type { Type, types } from 'avsc'

type Unwrap = (value: unknown) => unknown

/**
 * Takes away the names that avsc puts around the branches of ambiguous unions (`{"acme.CallQueued": {…}}`), at the top, where several event
 * types share a topic, and in the fields of a record. `undefined` where there are none.
 */
export function compileUnwrap(type: Type): Unwrap | undefined {
  if (type.typeName === 'union:wrapped') return compileUnion((type as types.WrappedUnionType).types)
  return type.typeName === 'record' ? compileRecord(type as types.RecordType) : undefined
}

function compileUnion(branches: readonly Type[]): Unwrap {
  const unwraps = new Map(branches.map((branch) => [branchNameOf(branch), compileUnwrap(branch)]))
  return (value) => {
    if (typeof value !== 'object' || value === null) return value
    const [branch] = Object.entries(value)
    if (branch === undefined) return value
    return unwraps.get(branch[0])?.(branch[1]) ?? branch[1]
  }
}

function compileRecord(type: types.RecordType): Unwrap | undefined {
  const wrapped = type.fields.filter((field) => field.type.typeName === 'union:wrapped')
  if (wrapped.length === 0) return undefined
  const unwraps = wrapped.map(({ name, type: union }) => ({
    name,
    unwrap: compileUnion((union as types.WrappedUnionType).types),
  }))
  return (value) => {
    const record = { ...(value as Record<string, unknown>) }
    for (const { name, unwrap } of unwraps) record[name] = unwrap(record[name])
    return record
  }
}

/** Declared by avsc's documentation, forgotten in its type declarations. */
function branchNameOf(type: Type): string | undefined {
  return (type as Type & { readonly branchName?: string }).branchName
}
