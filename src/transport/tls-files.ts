/** Opens the private key and the Diffie-Hellman file of a listener, with the reason in words when that fails. */

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { fail, ok, type Result } from '../result.ts'

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

/** Whether TLS takes the text as Diffie-Hellman parameters. */
export function isDhFile(pem: string): boolean {
  try {
    createSecureContext({ dhparam: pem, ca: [] })
    return true
  } catch {
    return false
  }
}
