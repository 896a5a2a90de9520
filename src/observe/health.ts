/** Whether the server is up to its work, in a few words that anybody may read. */

import type { Decision } from './decision.ts'

/** One part of the server, as it says of itself. */
export interface PartState {
  /** The listener's or backend's name. */
  readonly name: string
  /** Whether it does what it is there for. */
  readonly isWell: boolean
}

/** What the verdict is made of. */
export interface HealthFacts {
  /** False while the server starts or stops. */
  readonly isServing: boolean
  readonly listeners: readonly PartState[]
  /** Those that were asked of late. */
  readonly backends: readonly PartState[]
  /** Null where sessions are kept elsewhere. */
  readonly isStoreWell: boolean | null
}

/** The verdict. `problems` are sentences without anything secret in them. */
export interface Health {
  /** `degraded`: some logins fail, and another server would do no better for the others. */
  readonly status: 'ok' | 'degraded' | 'failing'
  readonly problems: readonly string[]
}

/** Judges. Without its store, with no listener or with no backend left, nobody is well served here. */
export function judgeHealth({ isServing, listeners, backends, isStoreWell }: HealthFacts): Health {
  if (!isServing) return { status: 'failing', problems: ['the server is not in service'] }
  const failing = [
    ...(isStoreWell === false ? ['the store of the session host cannot be written'] : []),
    ...(areAllDown(listeners) ? ['no listener takes connections'] : []),
    ...(areAllDown(backends) ? ['no backend answers'] : []),
  ]
  const ill = [
    ...listeners.filter(({ isWell }) => !isWell).map(({ name }) => `listener ${name} takes no connections`),
    ...backends.filter(({ isWell }) => !isWell).map(({ name }) => `backend ${name} is unavailable`),
  ]
  const problems = [...failing, ...ill]
  if (failing.length > 0) return { status: 'failing', problems }
  return { status: ill.length > 0 ? 'degraded' : 'ok', problems }
}

function areAllDown(parts: readonly PartState[]): boolean {
  return parts.length > 0 && parts.every(({ isWell }) => !isWell)
}

/** How long the last answer of a backend tells anything about it, milliseconds. A server that gets no more logins must not stay ill. */
export const backendMemoryMs = 30_000

/** Backends that are remembered. */
const maxBackends = 100

/** What backends answered last, as their decisions tell. */
export interface BackendWatch {
  heard(decision: Decision): void
  /** Those that were asked within `backendMemoryMs`. */
  states(): readonly PartState[]
}

/** A watch that has heard nothing. `now` counts milliseconds from anywhere. */
export function watchBackends(now: () => number = () => performance.now()): BackendWatch {
  const last = new Map<string, { readonly isWell: boolean; readonly atMs: number }>()
  return {
    heard: ({ backends }) => {
      for (const { backend, verdict } of backends) {
        if (last.has(backend) || last.size < maxBackends) {
          last.set(backend, { isWell: verdict !== 'unavailable', atMs: now() })
        }
      }
    },
    states: () =>
      [...last]
        .filter(([, { atMs }]) => now() - atMs < backendMemoryMs)
        .map(([name, { isWell }]) => ({ name, isWell })),
  }
}
