/** Where a handler answers: host and path, as MongooseIM names them. */

import { section, text } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { prepareDomain } from '../../jid/jid.ts'

/** Where a handler answers. */
export interface HandlerPlace {
  /** Prepared domain, or IP address (IPv6 in brackets); null for any. */
  readonly host: string | null
  /** Without a slash at its end, unless it is `/`. */
  readonly path: string
}

/** The word for any host. */
const anyHost = '_'

// Cowboy's patterns (`:name`, `[...]`) are none of these: a path is compared as it stands.
const pathForm = /^(?:\/[A-Za-z0-9._~!$&'()+,;=@%-]+)*\/?$/
const dotSegment = /\/\.{1,2}(?:\/|$)/

/** `host` and `path`. */
export const placeShape = (path: string) => ({
  host: text({
    says: 'The host that clients ask for; `"_"` is any.',
    allowed: 'a domain name, an IP address, or "_" for any host',
    byDefault: '"_"',
    test: (value) => value === anyHost || prepareDomain(value).ok,
  }),
  path: text({
    says: 'The path that is answered, compared exactly; a slash at its end counts for nothing.',
    allowed: 'a path that begins with a slash, without query, patterns and dot segments',
    byDefault: JSON.stringify(path),
    test: (value) => value !== '' && pathForm.test(value) && !dotSegment.test(value),
  }),
})

/** A section of a handler that has nothing but its place. */
export const placeSection = (says: string, path: string) => section(says, placeShape(path))

/** Values of `host` and `path`. */
export interface PlaceValues {
  readonly host?: string | undefined
  readonly path?: string | undefined
}

/** The place with its defaults. */
export function resolvePlace(values: PlaceValues, byDefault: string): HandlerPlace {
  const { host = anyHost, path = byDefault } = values
  const domain = host === anyHost ? null : prepareDomain(host)
  return { host: domain?.ok === true ? domain.value : null, path: withoutSlash(path) }
}

/** A path without the slash at its end; the root keeps its own. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Reports a second handler at the same place. `seen` gathers the places of one listener. */
export function checkDistinct(paths: readonly string[], host: string | null, seen: Set<string>, place: Place): void {
  for (const path of paths) {
    const key = `${host ?? anyHost} ${path}`
    if (seen.has(key)) {
      place.at('path').error('duplicate', `another handler answers at ${path} for the same host; give each its own`)
    }
    seen.add(key)
  }
}
