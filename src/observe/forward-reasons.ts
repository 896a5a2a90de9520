/** The part of the catalogue of reasons that is about what proxies report of their clients, in headers or by the PROXY protocol. */

import type { Reason } from './reason.ts'

/** Reasons by their codes. They end a request or a connection before anybody can log in over it. */
export const forwardReasons = {
  'forwarded-by-stranger': {
    condition: 'not-authorized',
    meaning: 'a request with a certificate in its headers came from an address that is none of the trusted proxies',
    hint: 'add the proxy to trusted_proxies if it is one; if it is a client, it tried to be somebody else',
  },
  'forwarded-malformed': {
    condition: 'not-authorized',
    meaning: 'a header of a trusted proxy is not what its dialect writes',
    hint: 'compare the configuration of the proxy with docs/proxies.md; the log says which header it is',
  },
  'forwarded-contradictory': {
    condition: 'not-authorized',
    meaning: 'the headers of a trusted proxy contradict each other, or one of them came twice or in another dialect',
    hint: 'have the proxy remove such headers of its clients and set its own anew; docs/proxies.md shows how',
  },
  'forwarded-too-long': {
    condition: 'not-authorized',
    meaning: 'a header of a trusted proxy is longer, or its list has more items, than is taken',
    hint: 'check what the proxy forwards; the limits are in docs/proxies.md',
  },
  'forwarded-insecure': {
    condition: 'not-authorized',
    meaning: 'a trusted proxy forwards a certificate and does not say that its client came over HTTPS',
    hint: 'have the proxy set X-Forwarded-Proto, or proto in Forwarded, to the scheme of its client',
  },
} as const satisfies Record<string, Reason>
