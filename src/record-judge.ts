import { FloorwatchError } from './errors.ts'

/** Ends the service when nearly nothing of its source can be read: going on would empty it into the dead letters. */
export type RecordJudge = {
  note(batch: { readonly recordCount: number; readonly refusedCount: number }): void
}

const judgedRecordsMin = 1_000

export const createRecordJudge = (badRecordShare: number): RecordJudge => {
  let records = 0
  let refused = 0
  return {
    note: (batch) => {
      records += batch.recordCount
      refused += batch.refusedCount
      if (records < judgedRecordsMin) return
      const share = refused / records
      if (share > badRecordShare)
        throw new FloorwatchError(
          'most-records-bad',
          `${Math.round(share * 100)} % of the last ${records} records were refused: see the dead letters, or raise limits.badRecordShare`,
        )
      records = 0
      refused = 0
    },
  }
}
