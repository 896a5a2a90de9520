/** Options of one client listener over TCP (`[[listen.c2s]]`), as MongooseIM names them. */

import type { z } from 'zod'
import type { MappingRuleOptions } from '../certificate/mapping/rule.ts'
import { section, sectionWith } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import { resolveTls, type TlsOptions, tlsSection } from '../transport/tls-options.ts'
import {
  allowedMethodsOption,
  type ClearOptions,
  checkPolicy,
  crowdShape,
  endpointShape,
  type ListenerOptions,
  legacySessionOption,
  loginShape,
  maxConnectionsOption,
  maxStanzaSizeOption,
  policyShape,
  resolveListener,
  stateTimeoutOption,
} from './listener-options.ts'
import { proxyShape, trustOf } from './proxy/options.ts'

/** One client listener, resolved. */
export interface C2sOptions extends ListenerOptions {
  readonly maxStanzaBytes: number
  /** Limit of each step of the negotiation. */
  readonly stateTimeoutMs: number
  /** Offers the session feature of RFC 3921 to old clients. */
  readonly legacySession: boolean
  /** With `identity` null TLS ends at a proxy, which reports it by the PROXY protocol. */
  readonly tls: TlsOptions | ClearOptions
}

/** `[[listen.c2s]]`. */
export const c2sSection = section(
  'A port on which XMPP clients connect over TCP (RFC 6120).',
  {
    ...endpointShape(5222),
    max_connections: maxConnectionsOption(10_000),
    ...crowdShape,
    max_stanza_size: maxStanzaSizeOption,
    state_timeout: stateTimeoutOption,
    ...loginShape,
    backwards_compatible_session: legacySessionOption,
    ...policyShape,
    ...proxyShape,
    tls: tlsSection.optional(),
  },
  {
    notYet: {
      access: { feature: 'access rules', unless: 'all' },
      shaper: { feature: 'traffic shapers', unless: 'none' },
    },
    meaningless: {
      num_acceptors: 'has no meaning in Signet: one event loop accepts all connections; it can be removed',
      hibernate_after: 'has no meaning in Signet: it tunes the memory of Erlang processes; it can be removed',
    },
  },
)

/** `[[listen.c2s]]` where backends of these names are handed in beside the built-in ones. */
export function c2sSectionWith(own: readonly string[]): typeof c2sSection {
  return sectionWith(c2sSection, { allowed_auth_methods: allowedMethodsOption(own) })
}

type C2sValues = z.output<typeof c2sSection>

/**
 * `[[listen.c2s]]` with its defaults; null, with the reason reported, when nobody could log in there. `rules` are those that
 * the listener may name.
 */
export function resolveC2s(
  values: C2sValues,
  place: Place,
  rules: readonly MappingRuleOptions[] = [],
): C2sOptions | null {
  const common = resolveListener('c2s', values, place, rules)
  const tls = resolveDoor(values, common.proxy, place)
  if (tls === null) return null
  return {
    ...common,
    maxConnections: values.max_connections,
    maxStanzaBytes: values.max_stanza_size,
    stateTimeoutMs: values.state_timeout,
    legacySession: values.backwards_compatible_session,
    tls,
  }
}

/** TLS of the listener, or what its proxy reports of TLS. */
function resolveDoor(values: C2sValues, proxy: ListenerOptions['proxy'], place: Place): C2sOptions['tls'] | null {
  if (values.tls === undefined) {
    const forwarded = proxy?.certificate ?? null
    if (forwarded !== null) return { ...trustOf(forwarded), identity: null }
    // What is wrong with a section that is there has been said.
    if (values.forwarded_certificate === undefined) place.at('tls').error('missing', noTls)
    return null
  }
  checkPolicy(values.certificate_policy, values.tls.verify_mode, place)
  // Where nobody looks at certificates none is asked for, and no CA is needed.
  const isDisabled = values.certificate_policy === 'disable'
  return resolveTls(isDisabled ? { ...values.tls, verify_mode: 'none' } : values.tls, place.at('tls'))
}

const noTls =
  'the listener has no `tls` section, so nobody could log in: certificates are shown in the TLS handshake only; ' +
  'set `tls.certfile`, `tls.keyfile` and `tls.cacertfile`'
