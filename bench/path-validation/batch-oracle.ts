/** Asks the OpenSSL of this machine about many chains, without a handshake for each (openssl-verify.py). */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { OpenSslAnswer } from '../../test/support/path-comparison.ts'

/** A running helper. Disposing ends it. */
export interface BatchOracle extends AsyncDisposable {
  /** As OpenSSL calls itself. */
  readonly version: string
  /** What it says of certificates (DER, leaf first) that come to somebody who trusts `trusted` (DER). */
  ask(trusted: readonly Uint8Array[], sent: readonly Uint8Array[]): Promise<OpenSslAnswer>
}

const answerShape = z.strictObject({ read: z.boolean(), errors: z.array(z.int()) })

/** X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT. */
const selfSigned = 18

/** Starts the helper; needs `python3` and `libcrypto.so.3`. Rejects when it does not start. */
export async function openBatchOracle(): Promise<BatchOracle> {
  const script = join(import.meta.dirname, 'openssl-verify.py')
  const helper = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(helper, 'spawn')
  const lines = createInterface({ input: helper.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const next = await lines.next()
    if (next.done === true) throw new Error('the OpenSSL helper has ended')
    return next.value
  }
  const version = await nextLine()
  const base64 = (list: readonly Uint8Array[]): string[] => list.map((der) => Buffer.from(der).toString('base64'))
  return {
    version,
    async ask(trusted, sent) {
      helper.stdin.write(`${JSON.stringify({ trusted: base64(trusted), sent: base64(sent) })}\n`)
      const { read, errors } = answerShape.parse(JSON.parse(await nextLine()))
      if (!read) return 'refused'
      if (errors.length === 0) return 'trusted'
      return errors.every((code) => code === selfSigned) ? 'self-signed' : 'refused'
    },
    [Symbol.asyncDispose]: async () => {
      const gone = once(helper, 'close')
      helper.stdin.end()
      await gone
    },
  }
}
