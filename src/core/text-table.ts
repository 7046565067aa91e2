import { nextText, nextUnsigned, type PackCursor, type PackWriter } from './packing.ts'
import { seededTexts } from './subject-names.ts'

/** Texts as numbers: 0 and the text where it is new, else its place. Begins with the names every subject uses. */
export type TextTable = { readonly texts: string[]; places: Map<string, number> | undefined }

const seededPlaces: ReadonlyMap<string, number> = new Map(seededTexts.map((text, index) => [text, index + 1]))
const seededLengthMax = Math.max(...seededTexts.map(({ length }) => length))

/** Most subjects have so few that looking at each is quicker than hashing. */
const listedTextsMax = 16

/** The subject's own id stands in it from the beginning. */
export const openTable = ({ id }: { readonly id: string }): TextTable => ({ texts: [id], places: undefined })

export const writeText = (writer: PackWriter, table: TextTable, text: string): void => {
  const place = placeOf(table, text)
  writer.unsigned(place)
  if (place > 0) return
  writer.text(text)
  const { texts } = table
  const made = seededTexts.length + texts.push(text)
  if (table.places) table.places.set(text, made)
  else if (texts.length > listedTextsMax)
    table.places = new Map(texts.map((known, index) => [known, seededTexts.length + index + 1]))
}

const placeOf = ({ texts, places }: TextTable, text: string): number => {
  const seeded = text.length > seededLengthMax ? undefined : seededPlaces.get(text)
  if (seeded !== undefined) return seeded
  if (places) return places.get(text) ?? 0
  const index = texts.indexOf(text)
  return index < 0 ? 0 : seededTexts.length + index + 1
}

/** The texts that `writeText` has entered since the table was opened, by their order. */
export const readText = (texts: string[], cursor: PackCursor): string => {
  const place = nextUnsigned(cursor)
  if (place > 0) return (seededTexts[place - 1] ?? texts[place - 1 - seededTexts.length]) as string
  const text = nextText(cursor)
  texts.push(text)
  return text
}
