/** Handlers for test servers, as the defaults of the file have them. */

import { createFindings } from '../../src/config/findings.ts'
import { createPlace } from '../../src/config/place.ts'
import {
  boshSection,
  boshServiceSection,
  resolveBosh,
  resolveBoshService,
} from '../../src/listener/https/bosh-options.ts'
import type { HandlerOptions } from '../../src/listener/https/handler-options.ts'
import { loopbackRanges } from '../../src/listener/https/metrics-options.ts'
import { resolveWebSocket, webSocketSection } from '../../src/listener/https/websocket-options.ts'

const place = createPlace(createFindings(), '/')

/** All of them. */
export const everyHandler: readonly HandlerOptions[] = [
  {
    name: 'mongoose_websocket_handler',
    place: { host: null, path: '/ws-xmpp' },
    options: resolveWebSocket(webSocketSection.parse({}), place),
  },
  {
    name: 'mongoose_bosh_handler',
    place: { host: null, path: '/http-bind' },
    options: resolveBosh(boshSection.parse({}), resolveBoshService(boshServiceSection.parse({})), place),
  },
  { name: 'signet_health_handler', place: { host: null, path: '/health' } },
  {
    name: 'signet_metrics_handler',
    place: { host: null, path: '/metrics' },
    options: { addresses: loopbackRanges, bearerToken: null },
  },
  {
    name: 'signet_host_meta_handler',
    place: { host: null, path: '/.well-known/host-meta' },
    options: { publicUrl: null },
  },
  { name: 'signet_chat_handler', place: { host: null, path: '/' }, options: { certificateHelp: null } },
]
