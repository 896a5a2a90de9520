/** Channel binding (RFC 5056): what both ends of one TLS connection know, and nobody between two connections can. */

import { type BindingType, bindingNames, type Channel } from './channel.ts'

/** The types that this channel has. */
export function bindingTypes({ bindings }: Channel): readonly BindingType[] {
  return bindings === undefined ? [] : bindingNames.filter((type) => bindings.data(type) !== null)
}

/** The data of a type by its name on the wire; null where the channel has none. */
export function bindingData({ bindings }: Channel, name: string): Uint8Array | null {
  const type = bindingNames.find((known) => known === name)
  return type === undefined ? null : (bindings?.data(type) ?? null)
}
