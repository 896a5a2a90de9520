/** Options of `[[listen.http.handlers.signet_host_meta_handler]]`. */

import type { z } from 'zod'
import { section, text } from '../../config/declare.ts'
import { placeShape } from './place-options.ts'

/** What host-meta says, resolved. */
export interface HostMetaOptions {
  /** Where clients reach the handlers of this listener, without a slash at its end; null for the host that they asked. */
  readonly publicUrl: string | null
}

/** RFC 6415 §2. */
export const hostMetaPath = '/.well-known/host-meta'

/** `[[listen.http.handlers.signet_host_meta_handler]]`. */
export const hostMetaSection = section(
  'Where WebSocket and BOSH are found (XEP-0156), as XML, and below `.json` as JSON.',
  {
    ...placeShape(hostMetaPath),
    public_url: text({
      says: 'Where clients reach this listener, when a proxy in front of it has another name, port or path.',
      allowed: 'a URL such as "https://chat.example.org", without user, query and fragment',
      byDefault: 'the host and port that the client asked',
      test: (value) => publicUrlOf(value) !== null,
    }),
  },
)

/** `[[listen.http.handlers.signet_host_meta_handler]]` with its defaults. */
export function resolveHostMeta({ public_url: url }: z.output<typeof hostMetaSection>): HostMetaOptions {
  return { publicUrl: url === undefined ? null : publicUrlOf(url) }
}

/** The URL in its usual form; null for one that nothing can be appended to. */
function publicUrlOf(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || /[?#]/.test(text)) return null
  if (url.username !== '' || url.password !== '') return null
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}
