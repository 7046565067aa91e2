import type { Type, types } from 'avsc'

/** End of the value that begins at `at`, −1 when the bytes cannot hold it. */
type FindEnd = (bytes: Uint8Array, at: number) => number

/** Items of no bytes (null, an empty record) in one array: more would cost memory that the value's size does not show. */
const emptyItemsMax = 10_000
const varintBytesMax = 10
const depthMax = 64

/**
 * Walks a value by its type without building it. avsc trusts the counts and lengths in the bytes: an array of a few
 * bytes that claims a billion items keeps it busy until memory is gone. What passes here is safe to decode.
 */
export function compileAvroBounds(type: Type): FindEnd {
  const known = new Map<string, (at: number, bytes: Uint8Array, depth: number) => number>()
  const findEnd = compileType(type, known)
  return (bytes, at) => findEnd(at, bytes, 0)
}

type Walk = (at: number, bytes: Uint8Array, depth: number) => number
type Known = Map<string, Walk>

function compileType(type: Type, known: Known): Walk {
  const name = nameOf(type)
  const standing = name === undefined ? undefined : known.get(name)
  if (standing !== undefined) return standing
  switch (type.typeName) {
    case 'null':
      return (at) => at
    case 'boolean':
      return skipFixed(1)
    case 'float':
      return skipFixed(4)
    case 'double':
      return skipFixed(8)
    case 'int':
    case 'long':
      return skipVarint
    case 'bytes':
    case 'string':
      return skipBytes
    case 'fixed':
      return skipFixed((type as types.FixedType).size)
    case 'enum':
      return compileEnum((type as types.EnumType).symbols.length)
    case 'array':
      return compileBlocks(compileType((type as types.ArrayType).itemsType, known))
    case 'map':
      return compileMap((type as types.MapType).valuesType, known)
    case 'union:wrapped':
    case 'union:unwrapped':
      return compileUnion((type as types.WrappedUnionType).types, known)
    case 'record':
      return compileRecord(type as types.RecordType, known)
    default:
      if (type.typeName.startsWith('logical:'))
        return compileType((type as types.LogicalType).underlyingType, known)
      throw new Error(`Avro type ${type.typeName} is not known`)
  }
}

/** Declared by avsc's documentation, forgotten in its type declarations. */
function nameOf(type: Type): string | undefined {
  return (type as Type & { readonly name?: string }).name
}

function skipFixed(size: number): Walk {
  return (at, bytes) => (at + size <= bytes.length ? at + size : -1)
}

const skipVarint: Walk = (at, bytes) => {
  const last = Math.min(bytes.length, at + varintBytesMax)
  for (let index = at; index < last; index += 1) {
    if (((bytes[index] ?? 0) & 0x80) === 0) return index + 1
  }
  return -1
}

const skipBytes: Walk = (at, bytes) => {
  const start = skipVarint(at, bytes, 0)
  if (start < 0) return -1
  const end = start + readVarint(bytes, at, start)
  return end >= start && end <= bytes.length ? end : -1
}

/** Zigzag; exact below 2^53, and far outside any value's size beyond. */
function readVarint(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0
  let scale = 1
  for (let index = start; index < end; index += 1) {
    sum += ((bytes[index] ?? 0) & 0x7f) * scale
    scale *= 128
  }
  return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2
}

function compileEnum(symbolCount: number): Walk {
  return (at, bytes) => {
    const end = skipVarint(at, bytes, 0)
    if (end < 0) return -1
    const index = readVarint(bytes, at, end)
    return index >= 0 && index < symbolCount ? end : -1
  }
}

function compileMap(valuesType: Type, known: Known): Walk {
  const skipValue = compileType(valuesType, known)
  return compileBlocks((at, bytes, depth) => {
    const value = skipBytes(at, bytes, depth)
    return value < 0 ? -1 : skipValue(value, bytes, depth)
  })
}

/** Blocks of items, a count before each; a negative count is followed by the block's size, which is not believed. */
function compileBlocks(skipItem: Walk): Walk {
  return (start, bytes, depth) => {
    let emptyItems = 0
    for (let at = start; ; ) {
      const afterCount = skipVarint(at, bytes, depth)
      if (afterCount < 0) return -1
      const count = readVarint(bytes, at, afterCount)
      at = afterCount
      if (count === 0) return at
      if (count < 0) at = skipVarint(at, bytes, depth)
      if (at < 0) return -1
      for (let left = Math.abs(count); left > 0; left -= 1) {
        const end = skipItem(at, bytes, depth)
        if (end === at) emptyItems += 1
        if (end < 0 || emptyItems > emptyItemsMax) return -1
        at = end
      }
    }
  }
}

function compileUnion(branches: readonly Type[], known: Known): Walk {
  const walks = branches.map((branch) => compileType(branch, known))
  return (at, bytes, depth) => {
    const start = skipVarint(at, bytes, depth)
    if (start < 0) return -1
    const walk = walks[readVarint(bytes, at, start)]
    return walk === undefined ? -1 : walk(start, bytes, depth)
  }
}

function compileRecord(type: types.RecordType, known: Known): Walk {
  const walks: Walk[] = []
  const walkFields: Walk = (start, bytes, depth) => {
    if (depth > depthMax) return -1
    let at = start
    for (const walk of walks) {
      at = walk(at, bytes, depth + 1)
      if (at < 0) return -1
    }
    return at
  }
  const name = nameOf(type)
  if (name !== undefined) known.set(name, walkFields)
  for (const field of type.fields) walks.push(compileType(field.type, known))
  return walkFields
}
