/** Start-up checks of method `http`: its secret. */

import { readSecret } from './auth/backends/http/secret.ts'
import type { AuthOptions } from './auth/options.ts'
import { fileFault, isReadableByOthers } from './config/files.ts'
import type { Place } from './config/place.ts'

/** Adds what is found about one `[auth]`. */
export function lintHttpSecret({ http }: AuthOptions, place: Place): void {
  if (http?.api.kind === 'json') lintSecret(http.api.secretFile, place.at('http', 'secret_file'))
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
