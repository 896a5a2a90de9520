/** Options of one HTTPS listener (`[[listen.http]]`), as MongooseIM names them. */

import type { z } from 'zod'
import type { MappingRuleOptions } from '../../certificate/mapping/rule.ts'
import { section, sectionWith } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { httpTlsSection, resolveTls, type TlsOptions } from '../../transport/tls-options.ts'
import {
  allowedMethodsOption,
  type ClearOptions,
  checkPolicy,
  crowdShape,
  endpointShape,
  type ListenerOptions,
  loginShape,
  maxConnectionsOption,
  policyShape,
  resolveListener,
} from '../listener-options.ts'
import { isLoopback } from '../proxy/ip-text.ts'
import { forwardedAddressOption, type ProxyOptions, proxyShape, trustOf } from '../proxy/options.ts'
import type { BoshServiceOptions } from './bosh-options.ts'
import { type HandlerOptions, handlersSection, resolveHandlers } from './handler-options.ts'

/** One HTTPS listener, resolved. */
export interface HttpOptions extends ListenerOptions {
  /** With `identity` null the port speaks HTTP in clear. */
  readonly tls: TlsOptions | ClearOptions
  /** At least one. */
  readonly handlers: readonly HandlerOptions[]
}

const erlangMemory = 'has no meaning in Signet: it tunes the memory of Erlang processes; it can be removed'

/** `[[listen.http]]`. */
export const httpSection = section(
  'A port for XMPP over WebSocket and BOSH, and for what is served beside them, over HTTPS (HTTP/1.1).',
  {
    ...endpointShape(5285),
    transport: section(
      'Connections of the port.',
      { max_connections: maxConnectionsOption(1024) },
      {
        meaningless: {
          num_acceptors: 'has no meaning in Signet: one event loop accepts all connections; it can be removed',
        },
      },
    ).prefault({}),
    protocol: section(
      'HTTP itself.',
      {},
      {
        // Compressing secrets together with what an attacker may choose gives the secrets away.
        notYet: { compress: { feature: 'compression of HTTP answers', unless: false } },
      },
    ).optional(),
    ...crowdShape,
    ...loginShape,
    ...policyShape,
    ...proxyShape,
    forwarded_address: forwardedAddressOption,
    tls: httpTlsSection.optional(),
    handlers: handlersSection.optional(),
  },
  { meaningless: { hibernate_after: erlangMemory } },
)

/** `[[listen.http]]` where backends of these names are handed in beside the built-in ones. */
export function httpSectionWith(own: readonly string[]): typeof httpSection {
  return sectionWith(httpSection, { allowed_auth_methods: allowedMethodsOption(own) })
}

type HttpValues = z.output<typeof httpSection>

/**
 * `[[listen.http]]` with its defaults; null, with the reason reported, when it cannot be opened. `rules` are those that
 * the listener may name.
 */
export function resolveHttp(
  values: HttpValues,
  place: Place,
  rules: readonly MappingRuleOptions[],
  service: BoshServiceOptions,
): HttpOptions | null {
  const common = resolveListener('http', values, place, rules)
  const handlers = resolveHandlers(values.handlers, service, place)
  const tls = values.tls === undefined ? clear(values, common, place) : secured(values, values.tls, common.proxy, place)
  if (values.reuse_port && handlers.some(({ name }) => name === 'mongoose_bosh_handler')) {
    place
      .at('reuse_port')
      .warn(
        'conflict',
        'lets another process get requests of a BOSH session, which it knows nothing of; serve BOSH elsewhere',
      )
  }
  if (tls === null || handlers.length === 0) return null
  return { ...common, maxConnections: values.transport.max_connections, tls, handlers }
}

function secured(
  values: HttpValues,
  tls: NonNullable<HttpValues['tls']>,
  proxy: ProxyOptions | null,
  place: Place,
): TlsOptions | null {
  // The certificates that logins depend on may come by another way.
  if (proxy?.certificate == null) checkPolicy(values.certificate_policy, tls.verify_mode, place)
  // Where nobody looks at certificates none is asked for, and no CA is needed.
  const isDisabled = values.certificate_policy === 'disable'
  return resolveTls({ ...tls, mode: 'tls', verify_mode: isDisabled ? 'none' : tls.verify_mode }, place.at('tls'))
}

/** HTTP in clear, where nobody but this machine hears it, or behind proxies. */
function clear(
  values: HttpValues,
  { ipAddress: address, proxy }: Pick<HttpOptions, 'ipAddress' | 'proxy'>,
  place: Place,
): ClearOptions | null {
  // What is wrong with a section that is there has been said.
  if (values.forwarded_certificate !== undefined && proxy?.certificate == null) return null
  if (!isLoopback(address) && proxy === null) {
    place
      .at('tls')
      .error(
        'missing',
        `the listener has no \`tls\` section, and HTTP in clear is served on loopback addresses and to \`trusted_proxies\` only, not on ${address}; ` +
          'set `tls.certfile`, `tls.keyfile` and `tls.cacertfile`, or `ip_address = "127.0.0.1"`',
      )
    return null
  }
  if (proxy?.certificate != null) return { ...trustOf(proxy.certificate), identity: null }
  const { certificate_policy: policy } = values
  if (policy === 'enable' || policy === 'mandatory') {
    const word = JSON.stringify(policy)
    place.at('certificate_policy').error('conflict', `is ${word}, but without a \`tls\` section no certificate arrives`)
  }
  return { identity: null, verifyMode: 'none', disconnectOnFailure: false, cacertfile: null }
}
