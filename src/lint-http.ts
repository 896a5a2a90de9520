/** Start-up checks of method `http`: its secret, and what the order of methods means for it. */

import { readSecret } from './auth/backends/http/secret.ts'
import type { AuthOptions } from './auth/options.ts'
import { fileFault, isReadableByOthers } from './config/files.ts'
import type { Place } from './config/place.ts'

/** Adds what is found about one `[auth]`. */
export function lintHttp({ http, methods }: AuthOptions, place: Place): void {
  if (http === undefined) return
  const { api, evidence } = http
  if (api.kind === 'json') lintSecret(api.secretFile, place.at('http', 'secret_file'))
  if (!evidence.includes('certificate') || !methods.includes('pki')) return
  const message =
    methods.indexOf('pki') < methods.indexOf('http')
      ? 'has "pki" before "http": it lets in every certificate, so the service is never asked about one; ' +
        'turn them round, or take "certificate" out of `auth.http.evidence`'
      : 'has "pki" behind "http": a certificate for an account that the service does not know is let in all the same'
  place.at('methods').warn('conflict', message)
}

function lintSecret(file: string, place: Place): void {
  // Loading has told already of a file that cannot be read.
  if (fileFault(file) !== null) return
  const secret = readSecret(file)
  if (!secret.ok) place.error('bad-value', `the file ${secret.error}`)
  else if (isReadableByOthers(file)) {
    place.warn('key-exposed', 'every user of this machine can read the secret; take that away with `chmod o-r`')
  }
}
