/** Domainparts (RFC 7622 §3.2): internationalized names as lower-case U-labels, IPv4 and bracketed IPv6 addresses. */

import { toASCII, toUnicode } from 'tr46'
import { fail, ok, type Result } from '../result.ts'
import { type JidFault, maxPartBytes } from './fault.ts'
import { identifierFault } from './precis.ts'

const maxDnsBytes = 253
const maxLabelBytes = 63
const maxAddressChars = 45

const rules = {
  checkHyphens: true,
  checkBidi: true,
  checkJoiners: true,
  useSTD3ASCIIRules: true,
  transitionalProcessing: false,
} as const

const ipv6Alphabet = /^\[[0-9A-Fa-f:.]+\]$/
const numericLastLabel = /(?:^|\.)[0-9]+$/
const ipv4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/
const nonAscii = /[^\0-\x7f]/

/** Prepares a domainpart. A-labels become U-labels, so that both spellings of a name are equal. */
export function prepareDomain(text: string): Result<string, JidFault> {
  if (text.length > maxPartBytes) return refuse(`is longer than ${maxPartBytes} octets`)
  if (text.startsWith('[')) return prepareIpv6(text)
  // RFC 7622 §3.2: a final dot is the DNS root, not a part of the name.
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  if (name.length === 0) return refuse('is empty')
  if (isPlain(name)) return checkNumeric(name.toLowerCase())
  return prepareLabels(name)
}

function prepareLabels(name: string): Result<string, JidFault> {
  if (!name.isWellFormed()) return refuse('is not a domain name')
  const ascii = toASCII(name, { ...rules, verifyDNSLength: true })
  if (ascii === null) return refuse('is not a domain name')
  const { domain, error } = toUnicode(ascii, rules)
  if (error) return refuse('is not a domain name')
  if (Buffer.byteLength(domain) > maxPartBytes) return refuse(`is longer than ${maxPartBytes} octets`)
  // UTS #46 lets symbols pass that IDNA2008, and so RFC 7622, does not know; the letter classes of both are the same.
  const why = nonAscii.test(domain) ? labelFault(domain) : null
  return why === null ? checkNumeric(domain) : refuse(why)
}

function labelFault(domain: string): string | null {
  for (const label of domain.split('.')) {
    const why = identifierFault(label)
    if (why !== null) return why
  }
  return null
}

/** A name whose last label is all digits can only be meant as an address. */
function checkNumeric(name: string): Result<string, JidFault> {
  return numericLastLabel.test(name) && !ipv4.test(name) ? refuse('looks like an IPv4 address and is none') : ok(name)
}

function prepareIpv6(text: string): Result<string, JidFault> {
  const url = `http://${text}/`
  // The alphabet first, because the URL parser drops tabs and line ends without a word.
  const isAddress = text.length <= maxAddressChars + 2 && ipv6Alphabet.test(text) && URL.canParse(url)
  return isAddress ? ok(new URL(url).hostname) : refuse('is not an IPv6 address in brackets')
}

/** Whether a name is ASCII letters, digits and inner hyphens, which needs no mapping but that of case. */
function isPlain(name: string): boolean {
  if (name.length > maxDnsBytes) return false
  let labelStart = 0
  for (let i = 0; i <= name.length; i += 1) {
    const code = i < name.length ? name.charCodeAt(i) : 0x2e
    if (code === 0x2e) {
      const length = i - labelStart
      if (length === 0 || length > maxLabelBytes || name.charCodeAt(i - 1) === 0x2d) return false
      labelStart = i + 1
    } else if (code === 0x2d) {
      // A hyphen in third and fourth place marks an A-label, or something that is to be refused.
      if (i === labelStart || i === labelStart + 3) return false
    } else if (!isLetterOrDigit(code)) {
      return false
    }
  }
  return true
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a)
}

function refuse(why: string): Result<string, JidFault> {
  return fail({ part: 'domain', why })
}
