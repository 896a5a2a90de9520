/**
 * The PROXY protocol: what a proxy says of a connection, before its first byte, in a line (version 1) or a binary block
 * (version 2). Pure and strict: anything that is not exactly one header is refused, since behind it come the client's words.
 */

import type { HeaderStep } from './proxy-header.ts'
import { parseV1, v1Prefix } from './proxy-v1.ts'
import { parseV2, v2Signature } from './proxy-v2.ts'

/** Reads the header at the beginning of `bytes`: all that has come of a connection so far. What is behind it is not looked at. */
export function parseProxyHeader(bytes: Uint8Array): HeaderStep {
  if (begins(bytes, v1Prefix)) return parseV1(bytes)
  if (begins(bytes, v2Signature)) return parseV2(bytes)
  return { kind: 'refused', why: 'the connection does not begin with a PROXY header' }
}

/** Whether `bytes`, as far as they go, are the beginning of something that begins with `sign`. */
function begins(bytes: Uint8Array, sign: Uint8Array): boolean {
  const length = Math.min(bytes.length, sign.length)
  return Buffer.compare(bytes.subarray(0, length), sign.subarray(0, length)) === 0
}
