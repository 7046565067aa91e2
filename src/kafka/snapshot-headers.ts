/** A tombstone has no value to hold its revision, so the header holds it for every record. */
export const revisionHeader = 'ce_revision'
