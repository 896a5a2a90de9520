/** Channel binding (RFC 5056): what both ends of one TLS connection know, and nobody between two connections can. */

import type { Channel } from './channel.ts'

/** Types that are served: RFC 9266, and RFC 5929 §4. The best first. */
export const bindingNames = ['tls-exporter', 'tls-server-end-point'] as const

/** One type of channel binding. */
export type BindingType = (typeof bindingNames)[number]

/** Binding data of one connection, taken from it when asked for: logins with a certificate never ask. */
export interface ChannelBindings {
  /** The data; null where this connection has none of that type, or is gone. */
  data(type: BindingType): Uint8Array | null
}

/** The types that this channel has. */
export function bindingTypes({ bindings }: Channel): readonly BindingType[] {
  return bindings === undefined ? [] : bindingNames.filter((type) => bindings.data(type) !== null)
}

/** The data of a type by its name on the wire; null where the channel has none. */
export function bindingData({ bindings }: Channel, name: string): Uint8Array | null {
  const type = bindingNames.find((known) => known === name)
  return type === undefined ? null : (bindings?.data(type) ?? null)
}
