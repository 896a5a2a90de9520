/** Answers load balancers and supervisors: whether the process lives, and whether it should get new users. */

import type { Health } from '../../observe/health.ts'
import { answer } from './answer.ts'
import type { HttpHandler } from './handler.ts'

/** Where load balancers look for it. */
export const healthPath = '/health'

/**
 * `signet_health_handler`: 200 or 503 with `{"status":…,"problems":[…]}`. With the query `live` it only says that the event
 * loop turns, which is what a supervisor restarts for: a directory that is down is mended by no restart.
 */
export function createHealthHandler(check: () => () => Health): HttpHandler {
  return {
    methods: ['GET', 'HEAD'],
    handle: ({ request }, response) => {
      const isLiveness = request.url?.split('?')[1] === 'live'
      const { status, problems } = isLiveness ? alive : check()()
      answer(response, {
        status: status === 'failing' ? 503 : 200,
        text: JSON.stringify(problems.length === 0 ? { status } : { status, problems }),
        headers: { 'content-type': 'application/json' },
      })
    },
    close: () => Promise.resolve(),
  }
}

const alive: Health = { status: 'ok', problems: [] }
