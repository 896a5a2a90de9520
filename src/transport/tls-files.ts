/** Opens the private key and the Diffie-Hellman file of a listener, with the reason in words when that fails. */

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { DerCursor, DerFault, tags } from '../certificate/der.ts'
import { readInteger } from '../certificate/der-values.ts'
import { fail, ok, type Result } from '../result.ts'
import { parsePem } from '../trust/pem.ts'

/** The private key in a PEM text, or why it cannot be had; the password is in no reason. */
export function openKey(pem: string, password: string | null): Result<KeyObject, string> {
  if (!/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(pem))
    return fail('holds no private key (PEM, BEGIN … PRIVATE KEY)')
  try {
    return ok(createPrivateKey({ key: pem, format: 'pem', ...(password === null ? {} : { passphrase: password }) }))
  } catch {
    const isEncrypted = /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(pem)
    if (!isEncrypted)
      return fail('the private key cannot be read: it is damaged, or of a kind that OpenSSL does not know')
    // OpenSSL has one and the same answer to both.
    const cause = password === null ? 'set `password`' : 'check `password`; the file may also be damaged'
    return fail(
      `the private key is encrypted, and the password is ${password === null ? 'missing' : 'wrong'}: ${cause}`,
    )
  }
}

/** Why TLS would not take a certificate chain and its key (PEM) that fit each other, or null: too weak, most often. */
export function pairFault(cert: string, key: KeyObject): string | null {
  try {
    createSecureContext({ cert, key: key.export({ type: 'pkcs8', format: 'pem' }), ca: [] })
    return null
  } catch (error) {
    const reason = error instanceof Error && 'reason' in error ? String(error.reason) : String(error)
    return `OpenSSL refuses the certificate or its key: ${reason}`
  }
}

/** Bits of the prime of a Diffie-Hellman group (RFC 9325 §4.2). */
export const minDhBits = 2048

/**
 * What is wrong with a file of Diffie-Hellman parameters (RFC 2631, PKCS #3), or null. Node passes without a word
 * over a file that it cannot read.
 */
export function dhFault(pem: string): string | null {
  const blocks = parsePem(pem)
  const block = blocks.ok ? blocks.value.find(({ label }) => label === 'DH PARAMETERS') : undefined
  if (block === undefined) return 'holds no Diffie-Hellman parameters (PEM, BEGIN DH PARAMETERS)'
  try {
    const prime = readInteger(DerCursor.over(block.der, tags.sequence).any())
    const bits = Buffer.from(prime).toString('hex').replace(/^0+/, '').length * 4
    return bits < minDhBits ? `holds a group of ${bits} bits; at least ${minDhBits} are needed` : null
  } catch (error) {
    if (!(error instanceof DerFault)) throw error
    return `holds damaged Diffie-Hellman parameters: ${error.message}`
  }
}
