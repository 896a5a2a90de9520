/** Listeners of every kind as one family: composed, opened and renewed alike. */

import { composeC2s, type Surroundings } from './compose.ts'
import type { BackendSet } from './compose-backends.ts'
import { composeHttps } from './compose-https.ts'
import { type C2sGeneration, type C2sListener, createC2sListener } from './listener/c2s.ts'
import type { HandlerOptions } from './listener/https/handler-options.ts'
import { createHttpListener, type HttpGeneration, type HttpListener } from './listener/https/listener.ts'
import type { ListenAddress, ListenFault } from './listener/listener.ts'
import type { Log } from './observe/log.ts'
import type { SignetOptions } from './options.ts'
import { fail, ok, type Result } from './result.ts'
import type { ShownCertificate } from './transport/tls-door.ts'

/** One configuration generation of one listener. */
export type Generation =
  | { readonly kind: 'c2s'; readonly of: C2sGeneration }
  | { readonly kind: 'http'; readonly of: HttpGeneration }

/** A listener that listens. */
export type Running = {
  readonly address: ListenAddress
  /** What its sockets were opened with. */
  readonly backlog: number
  /** The certificates that it shows. */
  readonly shown: readonly ShownCertificate[]
  /** Whether it has nothing but what watches the server: it has a use as long as there are sessions. */
  readonly isWatch: boolean
} & (
  | { readonly kind: 'c2s'; readonly listener: C2sListener }
  | { readonly kind: 'http'; readonly listener: HttpListener }
)

/** Which listener could not be composed, and why. */
export interface ListenerPartFault {
  readonly listener: string
  readonly cause: unknown
}

/** The generations of all listeners, by what each is called from one configuration to the next. */
export async function composeListeners(
  options: SignetOptions,
  around: Surroundings,
  backends: BackendSet,
): Promise<Result<ReadonlyMap<string, Generation>, ListenerPartFault>> {
  const generations = new Map<string, Generation>()
  const compositions = [
    ...options.c2s.map((one) => ({
      name: one.name,
      compose: async () => ({ kind: 'c2s', of: await composeC2s(one, options, around, backends) }) as const,
    })),
    ...options.http.map((one) => ({
      name: one.name,
      compose: async () => ({ kind: 'http', of: await composeHttps(one, options, around, backends) }) as const,
    })),
  ]
  for (const { name, compose } of compositions) {
    try {
      generations.set(keyOf(generations, name), await compose())
    } catch (cause) {
      return fail({ listener: name, cause })
    }
  }
  return ok(generations)
}

/** Listeners on port 0 may share a name; they are told apart by their place. */
function keyOf(taken: ReadonlyMap<string, unknown>, name: string): string {
  let key = name
  for (let count = 2; taken.has(key); count += 1) key = `${name} #${count}`
  return key
}

/** Opens the listener of a generation; `takesOver` says that the port is one of ours, whose listener is about to go. */
export async function openListener(
  generation: Generation,
  log: Log,
  takesOver: boolean,
): Promise<Result<Running, ListenFault>> {
  const { backlog } = generation.of.options
  switch (generation.kind) {
    case 'c2s': {
      const listener = createC2sListener(generation.of, log)
      const address = await listener.open(takesOver)
      return address.ok ? ok({ kind: 'c2s', listener, backlog, ...seen(generation), address: address.value }) : address
    }
    case 'http': {
      const listener = createHttpListener(generation.of, log)
      const address = await listener.open(takesOver)
      return address.ok ? ok({ kind: 'http', listener, backlog, ...seen(generation), address: address.value }) : address
    }
  }
}

/** Gives a listener its next generation; one of another kind has another name, and cannot come here. */
export function renewListener(running: Running, generation: Generation): Running {
  if (running.kind === 'c2s' && generation.kind === 'c2s') running.listener.update(generation.of)
  else if (running.kind === 'http' && generation.kind === 'http') running.listener.update(generation.of)
  else throw new TypeError(`${running.listener.name} cannot become a listener of kind ${generation.kind}`)
  return { ...running, ...seen(generation) }
}

/** What each generation says anew of its listener. */
function seen({ kind, of }: Generation): Pick<Running, 'shown' | 'isWatch'> {
  return {
    shown: of.door?.shown ?? [],
    isWatch: kind === 'http' && of.options.handlers.every(({ name }) => watchHandlers.has(name)),
  }
}

const watchHandlers: ReadonlySet<HandlerOptions['name']> = new Set(['signet_health_handler', 'signet_metrics_handler'])
