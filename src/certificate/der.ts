/** A strict reader of DER (X.690 §10, §11): definite minimal lengths, single-octet tags, nothing left over. */

/** Certificates longer than this are refused unread. */
export const maxCertificateBytes = 65_536

/** How deep values may nest below the one a cursor was opened on. */
export const maxDerDepth = 24

/** Content bytes of an OBJECT IDENTIFIER. */
export const maxOidBytes = 64

/** The identifier octets that X.509 uses (class, constructed bit and number in one octet). */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** The identifier octet of a constructed context-specific tag, such as `[3] EXPLICIT`. */
export function explicitTag(number: number): number {
  return 0xa0 | number
}

/** The identifier octet of a primitive context-specific tag, such as `[2] IMPLICIT IA5String`. */
export function implicitTag(number: number): number {
  return 0x80 | number
}

/** Thrown by every reader of DER: the bytes are not what they must be. The message says why, without the bytes. */
export class DerFault extends Error {
  override readonly name = 'DerFault'
}

/** One value: where it lies in `bytes`. `start..end` is the whole encoding, `contentStart..end` the content. */
export interface Tlv {
  readonly bytes: Uint8Array
  /** The identifier octet. */
  readonly tag: number
  readonly start: number
  readonly contentStart: number
  readonly end: number
}

/** The content octets of a value, as a view. */
export function contentOf(tlv: Tlv): Uint8Array {
  return tlv.bytes.subarray(tlv.contentStart, tlv.end)
}

/** The whole encoding of a value, as a view. */
export function encodingOf(tlv: Tlv): Uint8Array {
  return tlv.bytes.subarray(tlv.start, tlv.end)
}

/** Reads the value that starts at `offset` and must end by `limit`. Throws {@link DerFault}. */
export function readDer(bytes: Uint8Array, offset: number, limit: number): Tlv {
  const end = Math.min(limit, bytes.length)
  if (offset + 2 > end) throw new DerFault('a value is cut short')
  const tag = bytes[offset] as number
  checkIdentifier(tag)
  const first = bytes[offset + 1] as number
  let contentStart = offset + 2
  let length = first
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0) throw new DerFault('an indefinite length')
    // Four octets are 4 GiB: nothing we read is that long, and the arithmetic stays exact.
    if (count > 4) throw new DerFault('a length of more than four octets')
    if (contentStart + count > end) throw new DerFault('a value is cut short')
    if (bytes[contentStart] === 0) throw new DerFault('a length with leading zeros')
    length = 0
    for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[contentStart + i] as number)
    if (length < 0x80) throw new DerFault('a length in long form that fits the short one')
    contentStart += count
  }
  if (length > end - contentStart) throw new DerFault('a length beyond the enclosing value')
  return { bytes, tag, start: offset, contentStart, end: contentStart + length }
}

/** Reads the one value that `bytes` holds; trailing bytes are a fault. */
export function readSole(bytes: Uint8Array): Tlv {
  const tlv = readDer(bytes, 0, bytes.length)
  if (tlv.end !== bytes.length) throw new DerFault('trailing bytes after the value')
  return tlv
}

/** Checks that a value which nobody reads is DER down to its smallest part. Throws {@link DerFault}. */
export function checkParts(tlv: Tlv, depth = 0): void {
  if ((tlv.tag & 0x20) === 0) return
  if (depth > maxDerDepth) throw new DerFault('values nest too deeply')
  for (let offset = tlv.contentStart; offset < tlv.end; ) {
    const part = readDer(tlv.bytes, offset, tlv.end)
    checkParts(part, depth + 1)
    offset = part.end
  }
}

function checkIdentifier(tag: number): void {
  const number = tag & 0x1f
  if (number === 0x1f) throw new DerFault('a tag number above 30')
  if (tag >= 0x40) return
  if (number === 0) throw new DerFault('the reserved tag 0')
  // X.690 §10.2: DER knows no constructed strings. EXTERNAL, EMBEDDED PDV, SEQUENCE and SET have parts by nature.
  const hasParts = number === 8 || number === 11 || number === 16 || number === 17
  if (hasParts !== (tag & 0x20) > 0) throw new DerFault('a universal type in the wrong form, primitive or constructed')
}

/** Walks the values inside a constructed value, in order. All methods throw {@link DerFault}. */
export class DerCursor {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #depth: number
  #offset: number

  private constructor(bytes: Uint8Array, start: number, end: number, depth: number) {
    if (depth > maxDerDepth) throw new DerFault('values nest too deeply')
    this.#bytes = bytes
    this.#offset = start
    this.#end = end
    this.#depth = depth
  }

  /** A cursor inside a constructed value. */
  static inside(tlv: Tlv): DerCursor {
    return new DerCursor(tlv.bytes, tlv.contentStart, tlv.end, 0)
  }

  /** A cursor inside the one value of this tag that the bytes hold. */
  static over(bytes: Uint8Array, tag: number): DerCursor {
    return DerCursor.inside(expectTag(readSole(bytes), tag))
  }

  /** Whether nothing is left. */
  get done(): boolean {
    return this.#offset >= this.#end
  }

  /** The identifier octet of what comes next; -1 at the end. */
  get nextTag(): number {
    return this.done ? -1 : (this.#bytes[this.#offset] as number)
  }

  /** The next value, whatever it is. */
  any(): Tlv {
    if (this.done) throw new DerFault('a value is missing')
    const tlv = readDer(this.#bytes, this.#offset, this.#end)
    this.#offset = tlv.end
    return tlv
  }

  /** The next value, which must have this identifier octet. */
  take(tag: number): Tlv {
    return expectTag(this.any(), tag)
  }

  /** The next value if it has this identifier octet, else null and the cursor stays. */
  takeIf(tag: number): Tlv | null {
    return this.nextTag === tag ? this.any() : null
  }

  /** Steps over the next value, which must have this tag, and returns a cursor inside it. */
  enter(tag: number): DerCursor {
    const tlv = this.take(tag)
    return new DerCursor(tlv.bytes, tlv.contentStart, tlv.end, this.#depth + 1)
  }

  /** Ends the walk: whatever is left is a fault. */
  finish(): void {
    if (!this.done) throw new DerFault('unexpected bytes after the last field')
  }
}

/** The same value if it has this identifier octet. */
export function expectTag(tlv: Tlv, tag: number): Tlv {
  if (tlv.tag !== tag) throw new DerFault(`tag 0x${hexOctet(tlv.tag)} where 0x${hexOctet(tag)} must be`)
  return tlv
}

function hexOctet(octet: number): string {
  return octet.toString(16).padStart(2, '0')
}
