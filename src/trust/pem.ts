/**
 * Reads PEM text (RFC 7468) strictly: Node and OpenSSL pass silently over blocks that they cannot decode, so
 * that half a CA file could go missing without a word.
 */

import { fail, ok, type Result } from '../result.ts'

/** Bytes of PEM text that are read; the largest public CA bundles hold a quarter of a million. */
export const maxPemBytes = 4 * 1024 * 1024

/** Blocks in one text. */
export const maxPemBlocks = 1024

/** Faults that are told of one text; a binary file would have one in every line. */
export const maxPemFaults = 20

/** Characters of a base64 line; RFC 7468 writes 64, older tools up to 76. */
const maxLineChars = 76

/** One block. */
export interface PemBlock {
  /** The words between BEGIN and the dashes, for example `CERTIFICATE`. */
  readonly label: string
  readonly der: Uint8Array
  /** Line of the BEGIN, from 1. */
  readonly line: number
  /** Whether it carries headers of RFC 1421 (`Proc-Type`, `DEK-Info`): an encrypted key of the old form. */
  readonly hasHeaders: boolean
}

/** What is wrong, and in which line (from 1). */
export interface PemFault {
  readonly line: number
  readonly text: string
}

interface OpenBlock {
  readonly label: string
  readonly line: number
  readonly base64: string[]
  hasHeaders: boolean
}

const beginLine = /^-----BEGIN ([A-Z0-9]+(?:[ -][A-Z0-9]+)*)-----$/
const endLine = /^-----END ([A-Z0-9]+(?:[ -][A-Z0-9]+)*)-----$/
const base64Line = /^[A-Za-z0-9+/]+={0,2}$/
const headerLine = /^[A-Za-z0-9-]+:/

/**
 * All blocks of a text, or everything that is wrong with it. Text outside the blocks is commentary and is passed
 * over, unless it looks like a damaged BEGIN or END line. A text without blocks is no fault here.
 */
export function parsePem(text: string): Result<readonly PemBlock[], readonly PemFault[]> {
  if (Buffer.byteLength(text) > maxPemBytes) return fail([{ line: 1, text: `longer than ${maxPemBytes} bytes` }])
  const blocks: PemBlock[] = []
  const faults: PemFault[] = []
  let open: OpenBlock | null = null
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [index, raw] of lines.entries()) {
    const line = index + 1
    const content = raw.trimEnd()
    if (content.startsWith('-----')) {
      open = readBoundary(content, line, open, blocks, faults)
    } else if (open !== null) {
      readContent(content, line, open, faults)
    } else if (content.includes('-----BEGIN') || content.includes('-----END')) {
      faults.push({ line, text: 'characters before the dashes of a BEGIN or END line' })
    }
    if (faults.length >= maxPemFaults) return fail(faults)
    if (blocks.length > maxPemBlocks) return fail([{ line, text: `more than ${maxPemBlocks} blocks` }])
  }
  if (open !== null) faults.push({ line: open.line, text: `BEGIN ${open.label} has no END` })
  return faults.length > 0 ? fail(faults) : ok(blocks)
}

function readBoundary(
  content: string,
  line: number,
  open: OpenBlock | null,
  blocks: PemBlock[],
  faults: PemFault[],
): OpenBlock | null {
  const began = beginLine.exec(content)?.[1]
  if (began !== undefined) {
    if (open !== null) faults.push({ line, text: `BEGIN ${began} inside the block of line ${open.line}` })
    return { label: began, line, base64: [], hasHeaders: false }
  }
  const ended = endLine.exec(content)?.[1]
  if (ended === undefined) {
    faults.push({ line, text: 'not a BEGIN or END line of PEM' })
    return open
  }
  if (open === null) {
    faults.push({ line, text: `END ${ended} without its BEGIN` })
  } else if (open.label !== ended) {
    faults.push({ line, text: `END ${ended} closes BEGIN ${open.label} of line ${open.line}` })
  } else {
    closeBlock(open, blocks, faults)
  }
  return null
}

function readContent(content: string, line: number, open: OpenBlock, faults: PemFault[]): void {
  if (content === '') return
  if (open.base64.length === 0 && headerLine.test(content)) {
    open.hasHeaders = true
    return
  }
  if (content.length > maxLineChars)
    faults.push({ line, text: `a base64 line of more than ${maxLineChars} characters` })
  else if (!base64Line.test(content)) faults.push({ line, text: 'not base64' })
  open.base64.push(content)
}

function closeBlock(open: OpenBlock, blocks: PemBlock[], faults: PemFault[]): void {
  const base64 = open.base64.join('')
  const der = Buffer.from(base64, 'base64')
  // RFC 4648 §3.5: decoding and encoding again shows padding inside, missing padding and stray bits.
  if (der.length === 0 || der.toString('base64') !== base64) {
    faults.push({ line: open.line, text: `the base64 of this ${open.label} is empty or damaged` })
    return
  }
  blocks.push({ label: open.label, der, line: open.line, hasHeaders: open.hasHeaders })
}
