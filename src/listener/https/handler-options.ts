/** Options of what answers below which path (`[listen.http.handlers]`): the one list of handlers there are. */

import type { z } from 'zod'
import { section, sections } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { type BoshOptions, type BoshServiceOptions, boshPath, boshSection, resolveBosh } from './bosh-options.ts'
import { healthPath } from './health-handler.ts'
import { type HostMetaOptions, hostMetaPath, hostMetaSection, resolveHostMeta } from './host-meta-options.ts'
import { type MetricsOptions, metricsPath, metricsSection, resolveMetrics } from './metrics-options.ts'
import { checkDistinct, type HandlerPlace, placeSection, resolvePlace } from './place-options.ts'
import { resolveWebSocket, type WebSocketOptions, webSocketPath, webSocketSection } from './websocket-options.ts'

/** One handler, resolved. */
export type HandlerOptions =
  | {
      readonly name: 'mongoose_websocket_handler'
      readonly place: HandlerPlace
      readonly options: WebSocketOptions
    }
  | { readonly name: 'mongoose_bosh_handler'; readonly place: HandlerPlace; readonly options: BoshOptions }
  | { readonly name: 'signet_metrics_handler'; readonly place: HandlerPlace; readonly options: MetricsOptions }
  | { readonly name: 'signet_host_meta_handler'; readonly place: HandlerPlace; readonly options: HostMetaOptions }
  | { readonly name: PlainHandlerName; readonly place: HandlerPlace }

/** Handlers that have no options but their place. */
export type PlainHandlerName = 'signet_health_handler' | 'signet_chat_handler'

/** Handlers that nobody logs in through: reachable whatever certificate there is, or none. */
export type PageHandlerName =
  | 'signet_health_handler'
  | 'signet_metrics_handler'
  | 'signet_host_meta_handler'
  | 'signet_chat_handler'

const chatPath = '/'

/** `[listen.http.handlers]`. */
export const handlersSection = section(
  'What answers below which path.',
  {
    mongoose_websocket_handler: sections(webSocketSection),
    mongoose_bosh_handler: sections(boshSection),
    signet_health_handler: sections(placeSection('Whether the server is up, for load balancers.', healthPath)),
    signet_metrics_handler: sections(metricsSection),
    signet_host_meta_handler: sections(hostMetaSection),
    signet_chat_handler: sections(
      placeSection('A small chat page that logs in with the certificate of the browser, and its files.', chatPath),
    ),
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
  const found = values === undefined ? [] : listed(values, service, place.at('handlers'))
  if (found.length > 0 || place.at('handlers').isSpoiled) return found
  place.warn(
    'assumed',
    `no handler is named; mongoose_websocket_handler at ${webSocketPath} and mongoose_bosh_handler at ${boshPath} are assumed`,
  )
  const everything = { mongoose_websocket_handler: [{}], mongoose_bosh_handler: [{}] }
  return listed(handlersSection.parse(everything), service, place.at('handlers'))
}

function listed(values: HandlersValues, service: BoshServiceOptions, place: Place): readonly HandlerOptions[] {
  const seen = new Set<string>()
  const found: HandlerOptions[] = []
  const take = (handler: HandlerOptions, index: number) => {
    checkDistinct(pathsOf(handler), handler.place.host, seen, place.at(handler.name, index))
    found.push(handler)
  }
  for (const [index, one] of (values.mongoose_websocket_handler ?? []).entries()) {
    const at = resolvePlace(one, webSocketPath)
    take(
      {
        name: 'mongoose_websocket_handler',
        place: at,
        options: resolveWebSocket(one, place.at('mongoose_websocket_handler', index)),
      },
      index,
    )
  }
  for (const [index, one] of (values.mongoose_bosh_handler ?? []).entries()) {
    const at = resolvePlace(one, boshPath)
    take({ name: 'mongoose_bosh_handler', place: at, options: resolveBosh(one, service) }, index)
  }
  for (const [index, one] of (values.signet_metrics_handler ?? []).entries()) {
    const options = resolveMetrics(one, place.at('signet_metrics_handler', index))
    take({ name: 'signet_metrics_handler', place: resolvePlace(one, metricsPath), options }, index)
  }
  for (const [index, one] of (values.signet_host_meta_handler ?? []).entries()) {
    const at = resolvePlace(one, hostMetaPath)
    take({ name: 'signet_host_meta_handler', place: at, options: resolveHostMeta(one) }, index)
  }
  const pages = {
    signet_health_handler: healthPath,
    signet_chat_handler: chatPath,
  } satisfies Record<PlainHandlerName, string>
  for (const [name, path] of Object.entries(pages)) {
    const page = name as PlainHandlerName
    for (const [index, one] of (values[page] ?? []).entries())
      take({ name: page, place: resolvePlace(one, path) }, index)
  }
  return found
}

/** The paths that a handler answers at. */
export function pathsOf({ name, place }: HandlerOptions): readonly string[] {
  return name === 'signet_host_meta_handler' ? [place.path, `${place.path}.json`] : [place.path]
}
