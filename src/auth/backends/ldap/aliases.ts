/** How a directory treats aliases (RFC 4511 §4.5.1.3): `search` of ldapts takes it, and leaves it out of the request. */

import type { Client, Filter, SearchOptions } from 'ldapts'

type Deref = NonNullable<SearchOptions['derefAliases']>

/** Private to ldapts: the one place that every search goes through, its request made and not sent. */
interface Sender {
  _sendSearch(request: { readonly filter: Filter; derefAliases: Deref }, ...rest: readonly unknown[]): Promise<unknown>
}

/** `client.search`, with aliases treated as its options say. A filter is for one search at a time. */
export function searchWithAliases(client: Client): Client['search'] {
  const asked = new WeakMap<Filter, Deref>()
  const sender = client as unknown as Sender
  const send = sender._sendSearch
  sender._sendSearch = (request, ...rest) => {
    request.derefAliases = asked.get(request.filter) ?? request.derefAliases
    return send.call(client, request, ...rest)
  }
  return (base, options, controls) => {
    const { filter, derefAliases } = options ?? {}
    if (derefAliases !== undefined && typeof filter === 'object') asked.set(filter, derefAliases)
    return client.search(base, options, controls)
  }
}
