/** What the parts of the local host share: the store, the bound sessions, limits, clock and log. */

import type { Log } from '../../observe/log.ts'
import type { LocalLimits } from './limits.ts'
import type { OfflineDesk } from './offline.ts'
import type { Directory } from './session.ts'
import type { Store } from './store/store.ts'

/** Name and version for XEP-0092. */
export interface Software {
  readonly name: string
  readonly version: string
}

/** One local host's insides. */
export interface Realm {
  readonly store: Store
  readonly directory: Directory
  readonly offline: OfflineDesk
  readonly limits: LocalLimits
  readonly software: Software
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Whether a domain, prepared, is served here. */
  readonly serves: (domain: string) => boolean
  /** True once the host shuts down: nobody is told any more that others leave. */
  readonly isClosing: () => boolean
}
