/** Every code an outage or a wrong call can carry; `retriable` says whether the processor may try again. */
export const errorCodes = {
  'config-invalid': { retriable: false },
  'usage-invalid': { retriable: false },
  'file-unreadable': { retriable: false },
  'port-busy': { retriable: false },
  'kafka-unavailable': { retriable: true },
  'kafka-topic-missing': { retriable: false },
  'kafka-partitions-differ': { retriable: false },
  'kafka-data-loss': { retriable: false },
  'redis-unavailable': { retriable: true },
  'redis-outcome-unknown': { retriable: true },
  'redis-policy-refused': { retriable: false },
  'state-identity-differs': { retriable: false },
  'state-missing': { retriable: false },
  'state-moved': { retriable: true },
  'state-swapped': { retriable: false },
  'registry-unavailable': { retriable: true },
  'schema-missing': { retriable: false },
  'most-records-bad': { retriable: false },
  'no-progress': { retriable: false },
} as const satisfies Record<string, { readonly retriable: boolean }>

export type ErrorCode = keyof typeof errorCodes

/** What is wrong, and what to do about it. */
export type Fault = { readonly what: string; readonly remedy: string }

/** The remedy where the cause is not plain. */
export const doctorRemedy = '`floorwatch doctor` looks for the cause'

/** An outage or a wrong call: never bad data (a value), never a bug (an assertion). Its message reads `what is wrong; what to do`. */
export class FloorwatchError extends Error {
  readonly code: ErrorCode
  readonly retriable: boolean
  /** The message; without what to do where that was given apart. */
  readonly what: string

  constructor(code: ErrorCode, said: string | Fault, cause?: unknown) {
    super(
      typeof said === 'string' ? said : `${said.what}; ${said.remedy}`,
      cause === undefined ? undefined : { cause },
    )
    this.name = 'FloorwatchError'
    this.code = code
    this.what = typeof said === 'string' ? said : said.what
    this.retriable = errorCodes[code].retriable
  }
}

/** An outage: the processor may try again. */
export const isRetriable = (error: unknown): error is FloorwatchError =>
  error instanceof FloorwatchError && error.retriable
