/** The client's side of SCRAM (RFC 5802 §3), written apart from the server's. */

import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

const digests = { sha: 'sha1', sha224: 'sha224', sha256: 'sha256', sha384: 'sha384', sha512: 'sha512' } as const

/** Everything that the last message is made from. */
export interface FinalParts {
  readonly hash: keyof typeof digests
  readonly password: string
  readonly gs2: string
  readonly bare: string
  readonly challenge: string
  readonly binding: Uint8Array
  /** What becomes of client-final-message-without-proof before it is proved. */
  readonly bend?: (withoutProof: string) => string
}

/** The client's last message, and what a server that knows the password answers. */
export async function clientFinal(parts: FinalParts): Promise<{ readonly message: string; readonly expected: string }> {
  const name = digests[parts.hash]
  const [, nonce = '', salt = '', count = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(parts.challenge) ?? []
  const mac = (key: Uint8Array, data: string) => createHmac(name, key).update(data).digest()
  const length = createHash(name).digest().length
  const salted = pbkdf2Sync(parts.password, Buffer.from(salt, 'base64'), Number(count), length, name)
  const clientKey = mac(salted, 'Client Key')
  const storedKey = createHash(name).update(clientKey).digest()
  const channel = Buffer.concat([Buffer.from(parts.gs2), parts.binding]).toString('base64')
  const { bend = (text: string) => text } = parts
  const withoutProof = bend(`c=${channel},r=${nonce}`)
  const authMessage = `${parts.bare},${parts.challenge},${withoutProof}`
  const signature = mac(storedKey, authMessage)
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
  const verifier = mac(mac(salted, 'Server Key'), authMessage).toString('base64')
  return { message: `${withoutProof},p=${proof.toString('base64')}`, expected: `v=${verifier}` }
}
