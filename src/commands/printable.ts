/** Ids are other people's text, and a terminal obeys what it finds in them: control characters are spelt as JSON spells them. */
export const printable = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
