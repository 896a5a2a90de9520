/** From options to one configuration generation of an HTTPS listener: its TLS door, and its handlers by name. */

import { composeDoor, composePolicy, type Surroundings } from './compose.ts'
import type { BackendSet } from './compose-backends.ts'
import { composeForwarding, composeProxyTerms } from './compose-proxy.ts'
import { boshTermsOf, createBoshHandler } from './listener/https/bosh-handler.ts'
import { readChatAssets } from './listener/https/chat-assets.ts'
import { type ChatGeneration, createChatHandler } from './listener/https/chat-handler.ts'
import { type HandlerOptions, pathsOf } from './listener/https/handler-options.ts'
import { createHealthHandler } from './listener/https/health-handler.ts'
import { createHostMetaHandler, type StreamDoor } from './listener/https/host-meta-handler.ts'
import type { HttpGeneration } from './listener/https/listener.ts'
import { createMetricsHandler } from './listener/https/metrics-handler.ts'
import { type Mount, mountOf } from './listener/https/mount.ts'
import type { HttpOptions } from './listener/https/options.ts'
import { createWebSocketHandler } from './listener/https/websocket-handler.ts'
import { createForwarding } from './listener/proxy/forwarding.ts'
import type { Log } from './observe/log.ts'
import type { SignetOptions } from './options.ts'
import type { StreamPolicy } from './stream/policy.ts'
import { xmlLimitsFor } from './xml/limits.ts'

/** What handlers are composed from. */
interface Ground {
  readonly listener: HttpOptions
  readonly options: SignetOptions
  readonly around: Surroundings
  readonly backends: BackendSet
}

/** A handler in place, as soon as there is a listener with its log. */
type Waiting = (log: Log) => Mount

type Named<N extends HandlerOptions['name']> = Extract<HandlerOptions, { readonly name: N }>

/**
 * Every handler there is, by its name in the file. A factory gets a getter for what the configuration in force says, since
 * a handler and its sessions outlive the configuration that it was made under.
 */
const handlers: { readonly [N in HandlerOptions['name']]: (handler: Named<N>, ground: Ground) => Waiting } = {
  mongoose_websocket_handler: (handler, ground) => {
    const policy = policyOf(handler.options, ground)
    const { maxStanzaBytes, origins, pingMs, pongMs, timeoutMs, seeOtherUri } = handler.options
    const terms = {
      xmlLimits: xmlLimitsFor(maxStanzaBytes),
      origins: { origins },
      heartbeat: { pingMs, pongMs, timeoutMs },
      seeOtherUri,
    }
    return (log) => {
      const login = { ...policy, log }
      const place = { ...standing(handler), login, transport: 'websocket' } as const
      return mountOf(place, { ...terms, policy: login }, createWebSocketHandler)
    }
  },
  mongoose_bosh_handler: (handler, ground) => {
    const policy = policyOf(handler.options, ground)
    const { origins, maxSessions, maxSessionsPerAddress } = handler.options
    const terms = { terms: boshTermsOf(handler.options), origins: { origins }, maxSessions, maxSessionsPerAddress }
    return (log) => {
      const login = { ...policy, log }
      return mountOf({ ...standing(handler), login }, { ...terms, policy: login }, createBoshHandler)
    }
  },
  signet_health_handler: (handler, { around }) => {
    return () => mountOf(standing(handler), around.health, createHealthHandler)
  },
  signet_metrics_handler: (handler, { around }) => {
    const parts = { options: handler.options, scrape: around.metrics.scrape }
    return () => mountOf(standing(handler), parts, createMetricsHandler)
  },
  signet_host_meta_handler: (handler, { listener, options }) => {
    const { defaultServerDomain: defaultHost } = options.general
    const own = doorsOf(listener)
    // What stands alone, for a proxy that serves the domain's own page, speaks of the other ports.
    const doors = own.length > 0 ? own : options.http.flatMap(doorsOf)
    const parts = { options: handler.options, doors, defaultHost }
    return () => mountOf(standing(handler), parts, createHostMetaHandler)
  },
  signet_chat_handler: (handler, ground) => {
    const assets = readChatAssets()
    const generation = chatGeneration(handler, ground)
    const place = { ...standing(handler), hasSubtree: true }
    return () => mountOf(place, generation, (current) => createChatHandler(assets, current))
  },
}

/** One listener's generation; throws when a file cannot be read or used. */
export async function composeHttps(
  listener: HttpOptions,
  options: SignetOptions,
  around: Surroundings,
  backends: BackendSet,
): Promise<HttpGeneration> {
  const waiting = listener.handlers.map((handler) => composeOne(handler, { listener, options, around, backends }))
  return {
    options: listener,
    door: listener.tls.identity === null ? null : await composeDoor(listener.name, listener.tls, around),
    proxy: await composeProxyTerms(listener, around),
    mounts: (log) => waiting.map((mount) => mount(log)),
    forwarding: createForwarding(await composeForwarding(listener, around)),
    serverName: options.general.httpServerName,
  }
}

function composeOne<N extends HandlerOptions['name']>(handler: Named<N>, ground: Ground): Waiting {
  return handlers[handler.name as N](handler, ground)
}

/** What most handlers' places have in common: pages that nobody logs in through. */
function standing(handler: HandlerOptions): Omit<Mount, 'generation' | 'create'> {
  const { name, place } = handler
  return {
    key: `${name} ${place.host ?? '_'} ${place.path}`,
    host: place.host,
    paths: pathsOf(handler),
    hasSubtree: false,
    login: null,
    transport: 'bosh',
  }
}

function policyOf(
  stream: { readonly legacySession: boolean; readonly stateTimeoutMs: number },
  { listener, options, around, backends }: Ground,
): StreamPolicy {
  return composePolicy(listener, stream, options, around, backends)
}

/** The page logs in by the doors of its own listener: what it says of a certificate holds for them. */
function chatGeneration({ place, options }: Named<'signet_chat_handler'>, ground: Ground): ChatGeneration {
  const doors = ground.listener.handlers.filter(({ place: { host } }) => host === null || host === place.host)
  const pathOf = (name: HandlerOptions['name']) => doors.find((door) => door.name === name)?.place.path ?? null
  return {
    path: place.path,
    options,
    doors: { websocket: pathOf('mongoose_websocket_handler'), bosh: pathOf('mongoose_bosh_handler') },
    policy: policyOf({ legacySession: false, stateTimeoutMs: 0 }, ground),
  }
}

/** The handlers of a listener that XMPP comes in through. */
function doorsOf({ handlers: all }: HttpOptions): readonly StreamDoor[] {
  return all.flatMap(({ name, place }): StreamDoor[] => {
    if (name === 'mongoose_websocket_handler') return [{ kind: 'websocket', ...place }]
    return name === 'mongoose_bosh_handler' ? [{ kind: 'bosh', ...place }] : []
  })
}
