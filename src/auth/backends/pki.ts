/** `pki`: whoever the certificate names exists. The CA is the directory (MongooseIM's `[auth.pki]`). */

import type { AuthBackend } from '../contract.ts'

/** A backend that allows every claim made with an acceptable certificate. */
export function createPkiBackend(): AuthBackend {
  return {
    name: 'pki',
    takes: ['certificate'],
    judge: (claim) => ({
      kind: 'allow',
      account: {
        jid: claim.jid,
        certificateSha256: claim.certificate.sha256,
        certificateNotAfter: claim.certificate.notAfter,
      },
    }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
