/** STARTTLS (RFC 6120 §5). */

import { namespaceOf } from '../../xml/element.ts'
import { NS } from '../../xml/namespaces.ts'
import type { StreamFeature } from '../feature.ts'

const advertised = (required: boolean) => `<starttls xmlns='${NS.tls}'>${required ? '<required/>' : ''}</starttls>`

/** Offered while the connection is in clear; `required` is only what the client is told, nothing can be done without it. */
export function createStartTls(required: boolean): StreamFeature {
  return {
    name: 'starttls',
    advertise: (state, { transport }) =>
      state.channel.tls === null && transport.startTls !== null ? advertised(required) : null,
    accepts: (element) => namespaceOf(element) === NS.tls,
    negotiate: async (element, state, { transport, policy }) => {
      if (element.name !== 'starttls' || transport.startTls === null) {
        // RFC 6120 §5.4.2.2: the failure case ends the stream.
        await transport.write(`<failure xmlns='${NS.tls}'/>`)
        return { kind: 'end', error: null }
      }
      const secured = await transport.startTls()
      if (!secured.ok) {
        policy.log.info('tls_handshake_failed', {
          listener: policy.listener,
          remote: state.channel.remote,
          why: secured.error.why,
        })
        return { kind: 'end', error: null }
      }
      return { kind: 'restart', state: { ...state, channel: secured.value, attempt: null } }
    },
  }
}
