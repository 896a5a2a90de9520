/** Names that nobody can guess: of streams (RFC 6120 §4.7.3) and of resources (§13.10.2). */

import { randomFillSync } from 'node:crypto'

const idBytes = 16
const idsInStock = 256

/** 128 random bits as 32 lower-case hexadecimal digits, in one flat string: `randomUUID` makes one of fifteen pieces. */
export const randomId: () => string = createSource()

/** Octets are taken from the system in stock, as Node does for its UUIDs: asking for them costs more than they do. */
function createSource(): () => string {
  const stock = Buffer.alloc(idsInStock * idBytes)
  let used = stock.length
  return () => {
    if (used === stock.length) {
      randomFillSync(stock)
      used = 0
    }
    used += idBytes
    return stock.toString('hex', used - idBytes, used)
  }
}
