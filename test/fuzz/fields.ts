/** Inputs of several texts: UTF-8 with a separator between them, so that any bytes are an input. */

const separator = '\u001e'

/** Texts as one input. */
export function joinFields(fields: readonly string[]): Buffer {
  return Buffer.from(fields.join(separator))
}

/** The texts of an input; at least one. What is no UTF-8 becomes U+FFFD, so that no text has a lone surrogate. */
export function fieldsOf(input: Uint8Array): readonly [string, ...string[]] {
  const [first = '', ...more] = Buffer.from(input).toString('utf8').split(separator)
  return [first, ...more]
}
