/** `pki`: whoever the certificate names exists. The CA is the directory (MongooseIM's `[auth.pki]`). */

import type { AuthBackend } from '../contract.ts'
import { pkiEvidence } from '../evidence.ts'

/** A backend that allows every claim made with an acceptable certificate. */
export function createPkiBackend(): AuthBackend {
  return {
    name: 'pki',
    takes: pkiEvidence,
    judge: (claim) => {
      if (claim.kind !== 'certificate') return { kind: 'unknown' }
      const { jid, certificate, open } = claim
      // There is no directory to say whose it is.
      if (open !== undefined) return { kind: 'unknown' }
      const { sha256, notAfter } = certificate
      return { kind: 'allow', account: { jid, certificateSha256: sha256, certificateNotAfter: notAfter } }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
