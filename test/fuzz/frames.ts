/** Several byte strings in one input: each behind its length in two octets; the last takes what is left. */

/** Puts byte strings one behind the other. */
export function packFrames(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [Buffer.from([frame.length >> 8, frame.length & 0xff]), frame]))
}

/** Takes them apart again; any bytes are some list. */
export function unpackFrames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const length = (bytes[at] as number) * 256 + (bytes[at + 1] as number)
    frames.push(bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return frames
}
