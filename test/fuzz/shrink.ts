/** Makes a failing input small. */

/** Tries, and milliseconds, before the input is small enough as it is. */
const maxTries = 3000
const maxShrinkMs = 20_000

/** The smallest input found that still fails: pieces cut out while that goes, then octets made plain. */
export async function shrink(
  input: Uint8Array,
  fails: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best: Buffer = Buffer.from(input)
  let tries = 0
  const startedMs = performance.now()
  const take = async (candidate: Buffer): Promise<boolean> => {
    tries += 1
    if (tries > maxTries || performance.now() - startedMs > maxShrinkMs || !(await fails(candidate))) return false
    best = candidate
    return true
  }
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const isShorter = await take(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]))
      if (!isShorter) at += size
    }
  }
  for (let at = 0; at < best.length; at += 1) {
    if (best[at] === plainOctet) continue
    const candidate = Buffer.from(best)
    candidate[at] = plainOctet
    await take(candidate)
  }
  return best
}

const plainOctet = 0x61
