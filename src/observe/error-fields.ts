/** An error as data for the log. */

/** What a log line says of an error. */
export interface ErrorFields {
  /** The name of its class. */
  readonly type: string
  /** Its message, and those of its causes. */
  readonly message: string
  readonly stack: string
  /** Node's and OpenSSL's, such as `ECONNREFUSED`. */
  readonly code?: string
}

/** Causes that are followed, in case they go round in a circle. */
const maxCauses = 5

/** Spells an error out with its causes. */
export function errorFields(error: Error): ErrorFields {
  const chain = causesOf(error)
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return {
    type: error.constructor.name || error.name,
    message: chain.map(({ message }) => message).join(': '),
    stack: chain.map(({ stack, message }) => stack ?? message).join('\ncaused by: '),
    ...code,
  }
}

function causesOf(error: Error): Error[] {
  const chain: Error[] = []
  for (let at: unknown = error; at instanceof Error && chain.length <= maxCauses; at = at.cause) chain.push(at)
  return chain
}
