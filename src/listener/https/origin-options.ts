/** The option that says which web pages may come in, for every door that pages use. */

import { texts } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { anyOrigin } from './origin.ts'

/** Written as browsers write it: lower case, no path. */
const originForm = /^(?:\*|https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?)$/

/** `origins`. */
export const originsOption = texts({
  says:
    'Web pages that may connect, beside those of the host that the client asks for. A browser shows its certificate to ' +
    'whichever page wants to connect, so any page let in can log in as its visitor. Clients that are no browsers send ' +
    'no `Origin` and are not asked for one.',
  allowed: 'a list of origins such as "https://chat.example.org"; "*" is every page',
  byDefault: 'none',
  each: 'an origin: scheme, host, and the port if it is not that of the scheme; or "*"',
  form: originForm,
})

/** The origins, with a warning where they are all that there are. `place` is that of the handler. */
export function resolveOrigins(origins: readonly string[] | undefined, place: Place): readonly string[] {
  if (origins?.includes(anyOrigin) === true) {
    place.at('origins').warn('anyone-as-anyone', '"*" lets every web page log in with the certificate of its visitor')
  }
  return origins ?? []
}
