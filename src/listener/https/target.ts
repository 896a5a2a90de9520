/** Which host and path a request is for (RFC 9112 §3.2), strictly: whoever is vague about it is refused. */

import type { IncomingMessage } from 'node:http'
import { prepareDomain } from '../../jid/jid.ts'
import { fail, ok, type Result } from '../../result.ts'

/** What a request is for. */
export interface Target {
  /** Percent-encoded as it came; never with a query. */
  readonly path: string
  /** Prepared, without a port; empty when the client named none, which HTTP/1.0 may do. */
  readonly host: string
}

const hostForm = /^(\[[0-9A-Fa-f:.]+\]|[^:/?#@[\]\\\s]*)(?::[0-9]{0,5})?$/
const absoluteForm = /^https?:\/\/([^/?#]*)([^#]*)$/i

/** Reads it; fails with the reason of the 400. */
export function readTarget(request: IncomingMessage): Result<Target, string> {
  const hosts = valuesOf(request, 'host')
  // RFC 9112 §3.2: exactly one Host; HTTP/1.0 knows none.
  if (hosts.length > 1) return fail('more than one Host')
  const [field] = hosts
  if (field === undefined && request.httpVersion !== '1.0') return fail('no Host')
  const url = request.url ?? ''
  const absolute = absoluteForm.exec(url)
  // RFC 9112 §3.2.2: the target's own authority goes before the Host.
  const authority = absolute?.[1] ?? field ?? ''
  const target = absolute === null ? url : absolute[2] || '/'
  const host = prepareHost(authority)
  if (host === null) return fail('the Host is no host')
  if (target !== '*' && !target.startsWith('/')) return fail('the target is no path')
  const query = target.indexOf('?')
  return ok({ path: query < 0 ? target : target.slice(0, query), host })
}

function prepareHost(authority: string): string | null {
  if (authority === '') return ''
  const name = hostForm.exec(authority)?.[1]
  if (name === undefined) return null
  const domain = prepareDomain(name)
  return domain.ok ? domain.value : null
}

/** Every value of a field, as often as it came; names of fields have no case. */
export function valuesOf({ rawHeaders }: IncomingMessage, name: string): readonly string[] {
  const found: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) found.push(rawHeaders[index + 1] ?? '')
  }
  return found
}
