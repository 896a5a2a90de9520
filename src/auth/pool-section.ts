/** What every pool of connections to a service has in common (`[outgoing_pools.….….…]`). */

import type { z } from 'zod'
import { integer, section } from '../config/declare.ts'

/** What is particular to the pools of one kind. */
export interface PoolWords {
  /** What the pool is for, as a sentence. */
  readonly says: string
  readonly callTimeout: {
    /** What it limits, as a sentence. */
    readonly says: string
    /** Least value, milliseconds. */
    readonly min: number
  }
  /** Which connection is used, since there is no choice of it. */
  readonly strategy: string
}

/** A pool whose section `connection` is `connection`. */
export function poolSection<C extends z.ZodType>({ says, callTimeout, strategy }: PoolWords, connection: C) {
  return section(
    says,
    {
      workers: integer({ says: 'Connections at most.', min: 1, max: 100, byDefault: 10, unit: 'connections' }),
      call_timeout: integer({ ...callTimeout, max: 60_000, byDefault: 5_000, unit: 'milliseconds' }),
      connection,
    },
    {
      meaningless: {
        scope: 'a pool serves every host',
        strategy,
        max_worker_queue_len: 'logins wait for a connection no longer than `call_timeout`',
      },
    },
  )
}
