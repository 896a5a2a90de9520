/** Handlers and where they stand: made once, renewed by every configuration that still has them, ended with the last. */

import type { Log } from '../../observe/log.ts'
import type { StreamPolicy } from '../../stream/policy.ts'
import type { HttpHandler } from './handler.ts'

/** What a configuration says of one handler. */
export interface Mount {
  /** The same key in the next configuration is the same handler: its sessions go on. */
  readonly key: string
  /** Prepared; null for any. */
  readonly host: string | null
  /** Paths that it answers at, each without a slash at its end. */
  readonly paths: readonly string[]
  /** Whether everything below its paths is its own as well. */
  readonly hasSubtree: boolean
  /** Whose certificates are judged before a request reaches it; null where nobody logs in. */
  readonly login: StreamPolicy | null
  /** What streams behind it travel on. */
  readonly transport: 'websocket' | 'bosh'
  /** What this configuration gives the handler. */
  readonly generation: unknown
  create(current: () => unknown, log: Log): HttpHandler
}

/** A handler of one name, which knows the type of what configurations give it. */
export function mountOf<G>(
  place: Omit<Mount, 'generation' | 'create'>,
  generation: G,
  create: (current: () => G, log: Log) => HttpHandler,
): Mount {
  return {
    ...place,
    generation,
    // The key begins with the handler's name, so that whatever renews it was made here, for the same `G`.
    create: (current, log) => create(current as () => G, log),
  }
}

/** A handler in place. */
export interface Mounted {
  /** What the configuration in force says of it. */
  readonly mount: Mount
  readonly handler: HttpHandler
}

/** The handlers of one listener. */
export interface Mounts {
  readonly all: readonly Mounted[]
  /** Renews handlers that stay, makes new ones, and ends the others within `limitMs`. */
  update(next: readonly Mount[], limitMs: number): void
  /** Ends all of them. */
  close(limitMs: number): Promise<void>
}

/** No handlers yet. */
export function createMounts(log: Log): Mounts {
  let inForce = new Map<string, { mount: Mount; readonly handler: HttpHandler }>()
  const leaving = new Set<Promise<void>>()
  return {
    get all() {
      return [...inForce.values()]
    },
    update: (next, limitMs) => {
      const before = inForce
      inForce = new Map(
        next.map((mount) => {
          const known = before.get(mount.key)
          if (known !== undefined) {
            known.mount = mount
            return [mount.key, known]
          }
          const place = { mount }
          const handler = mount.create(() => place.mount.generation, log)
          return [mount.key, Object.assign(place, { handler })]
        }),
      )
      for (const [key, { handler }] of before) {
        if (inForce.has(key)) continue
        const gone = handler.close(limitMs).finally(() => leaving.delete(gone))
        leaving.add(gone)
      }
    },
    close: async (limitMs) => {
      await Promise.all([...[...inForce.values()].map(({ handler }) => handler.close(limitMs)), ...leaving])
    },
  }
}
