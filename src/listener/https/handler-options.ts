/** Options of what answers below which path (`[listen.http.handlers]`): the one list of handlers there are. */

import type { z } from 'zod'
import { section, sections } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { type BoshOptions, type BoshServiceOptions, boshPath, boshSection, resolveBosh } from './bosh-options.ts'
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
  | { readonly name: PageHandlerName; readonly place: HandlerPlace }

/** Handlers that nobody logs in through: reachable whatever certificate there is, or none. */
export type PageHandlerName =
  | 'signet_health_handler'
  | 'signet_metrics_handler'
  | 'signet_host_meta_handler'
  | 'signet_chat_handler'

const healthPath = '/health'
const metricsPath = '/metrics'
const hostMetaPath = '/.well-known/host-meta'
const chatPath = '/'

/** `[listen.http.handlers]`. */
export const handlersSection = section(
  'What answers below which path.',
  {
    mongoose_websocket_handler: sections(webSocketSection),
    mongoose_bosh_handler: sections(boshSection),
    signet_health_handler: sections(placeSection('Whether the server is up, for load balancers.', healthPath)),
    signet_metrics_handler: sections(placeSection('Counters in the text format of Prometheus.', metricsPath)),
    signet_host_meta_handler: sections(
      placeSection('Where WebSocket and BOSH are found (XEP-0156), as XML, and below `.json` as JSON.', hostMetaPath),
    ),
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
  const pages = {
    signet_health_handler: healthPath,
    signet_metrics_handler: metricsPath,
    signet_host_meta_handler: hostMetaPath,
    signet_chat_handler: chatPath,
  } satisfies Record<PageHandlerName, string>
  for (const [name, path] of Object.entries(pages)) {
    const page = name as PageHandlerName
    for (const [index, one] of (values[page] ?? []).entries())
      take({ name: page, place: resolvePlace(one, path) }, index)
  }
  return found
}

/** The paths that a handler answers at. */
export function pathsOf({ name, place }: HandlerOptions): readonly string[] {
  return name === 'signet_host_meta_handler' ? [place.path, `${place.path}.json`] : [place.path]
}
