/** Options of what answers below which path (`[listen.http.handlers]`): the one list of handlers there are. */

import type { z } from 'zod'
import { section, sections } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { type BoshOptions, type BoshServiceOptions, boshPath, boshSection, resolveBosh } from './bosh-options.ts'
import { type ChatOptions, chatPath, chatSection, resolveChat } from './chat-options.ts'
import { healthPath } from './health-handler.ts'
import { type HostMetaOptions, hostMetaPath, hostMetaSection, resolveHostMeta } from './host-meta-options.ts'
import { type MetricsOptions, metricsPath, metricsSection, resolveMetrics } from './metrics-options.ts'
import { checkDistinct, type HandlerPlace, type PlaceValues, placeSection, resolvePlace } from './place-options.ts'
import { resolveWebSocket, type WebSocketOptions, webSocketPath, webSocketSection } from './websocket-options.ts'

/** One handler, resolved. */
export type HandlerOptions =
  | {
      readonly name: 'mongoose_websocket_handler'
      readonly place: HandlerPlace
      readonly options: WebSocketOptions
    }
  | { readonly name: 'mongoose_bosh_handler'; readonly place: HandlerPlace; readonly options: BoshOptions }
  | { readonly name: 'signet_health_handler'; readonly place: HandlerPlace }
  | { readonly name: 'signet_metrics_handler'; readonly place: HandlerPlace; readonly options: MetricsOptions }
  | { readonly name: 'signet_host_meta_handler'; readonly place: HandlerPlace; readonly options: HostMetaOptions }
  | { readonly name: 'signet_chat_handler'; readonly place: HandlerPlace; readonly options: ChatOptions }

/** `[listen.http.handlers]`. */
export const handlersSection = section(
  'What answers below which path.',
  {
    mongoose_websocket_handler: sections(webSocketSection),
    mongoose_bosh_handler: sections(boshSection),
    signet_health_handler: sections(placeSection('Whether the server is up, for load balancers.', healthPath)),
    signet_metrics_handler: sections(metricsSection),
    signet_host_meta_handler: sections(hostMetaSection),
    signet_chat_handler: sections(chatSection),
  },
  {
    dated: { mod_bosh: { to: 'mongoose_bosh_handler' }, mod_websockets: { to: 'mongoose_websocket_handler' } },
    notYet: {
      mongoose_admin_api: { feature: 'administration over HTTP' },
      mongoose_client_api: { feature: 'REST interface for clients' },
      mongoose_graphql_handler: { feature: 'GraphQL interface' },
    },
    removed: {
      mongoose_prometheus_handler: 'metrics are served by `signet_metrics_handler`',
    },
  },
)

type HandlersValues = z.output<typeof handlersSection>

/** `[listen.http.handlers]` with its defaults. `place` is that of the listener. */
export function resolveHandlers(
  values: HandlersValues | undefined,
  service: BoshServiceOptions,
  place: Place,
): readonly HandlerOptions[] {
  const at = place.at('handlers')
  if (values !== undefined || at.isSpoiled) {
    const found = listed(values ?? {}, service, at)
    if (found.length === 0) at.error('missing', 'no handler is left, so that nothing would be answered here; name one')
    return found
  }
  place.warn(
    'assumed',
    `no handler is named; mongoose_websocket_handler at ${webSocketPath} and mongoose_bosh_handler at ${boshPath} are assumed`,
  )
  const everything = { mongoose_websocket_handler: [{}], mongoose_bosh_handler: [{}] }
  return listed(handlersSection.parse(everything), service, at)
}

function listed(values: HandlersValues, service: BoshServiceOptions, place: Place): readonly HandlerOptions[] {
  const seen = new Set<string>()
  const each = <V extends PlaceValues>(
    name: HandlerOptions['name'],
    path: string,
    list: readonly V[] = [],
    make: (place: HandlerPlace, one: V, at: Place) => HandlerOptions,
  ) =>
    list.map((one, index) => {
      const at = place.at(name, index)
      const handler = make(resolvePlace(one, path), one, at)
      checkDistinct(pathsOf(handler), handler.place.host, seen, at)
      return handler
    })
  return [
    ...each('mongoose_websocket_handler', webSocketPath, values.mongoose_websocket_handler, (place, one, at) => ({
      name: 'mongoose_websocket_handler',
      place,
      options: resolveWebSocket(one, at),
    })),
    ...each('mongoose_bosh_handler', boshPath, values.mongoose_bosh_handler, (place, one, at) => ({
      name: 'mongoose_bosh_handler',
      place,
      options: resolveBosh(one, service, at),
    })),
    ...each('signet_health_handler', healthPath, values.signet_health_handler, (place) => ({
      name: 'signet_health_handler',
      place,
    })),
    ...each('signet_metrics_handler', metricsPath, values.signet_metrics_handler, (place, one, at) => ({
      name: 'signet_metrics_handler',
      place,
      options: resolveMetrics(one, at),
    })),
    ...each('signet_host_meta_handler', hostMetaPath, values.signet_host_meta_handler, (place, one) => ({
      name: 'signet_host_meta_handler',
      place,
      options: resolveHostMeta(one),
    })),
    ...each('signet_chat_handler', chatPath, values.signet_chat_handler, (place, one) => ({
      name: 'signet_chat_handler',
      place,
      options: resolveChat(one),
    })),
  ]
}

/** Whether anybody logs in through handlers of this name; all others are there for everybody. */
export function isLoginHandler(name: HandlerOptions['name']): boolean {
  return name === 'mongoose_websocket_handler' || name === 'mongoose_bosh_handler'
}

/** The paths that a handler answers at. */
export function pathsOf({ name, place }: HandlerOptions): readonly string[] {
  return name === 'signet_host_meta_handler' ? [place.path, `${place.path}.json`] : [place.path]
}
