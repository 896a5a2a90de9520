/** Channel binding (RFC 5056): what both ends of one TLS connection know, and nobody between two connections can. */

import { type BindingType, bindingNames, type Channel } from './channel.ts'

/**
 * The types that clients of this channel are told of. RFC 9266 §1: tls-unique is not defined for TLS 1.3, so there it is
 * not recommended to anybody; `bindingData` serves it to those who know no other.
 */
export function bindingTypes({ bindings, tls }: Channel): readonly BindingType[] {
  if (bindings === undefined) return []
  const defined = bindingNames.filter((type) => type !== 'tls-unique' || tls?.version !== 'TLSv1.3')
  return defined.filter((type) => bindings.data(type) !== null)
}

/** The data of a type by its name on the wire; null where the channel has none. */
export function bindingData({ bindings }: Channel, name: string): Uint8Array | null {
  const type = bindingNames.find((known) => known === name)
  return type === undefined ? null : (bindings?.data(type) ?? null)
}
