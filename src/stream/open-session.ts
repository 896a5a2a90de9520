/** The session of an account that was let in: opened before the login's time is over, or given up. */

import type { Call } from '../observe/call.ts'
import { fail, type Result } from '../result.ts'
import type { OpenFault } from '../sasl/attempt.ts'
import type { Account, HostedSession } from '../session/contract.ts'
import type { FeatureTools } from './feature.ts'

type Opened = Result<HostedSession, OpenFault>

/** The client has heard `connection-timeout` by now: nobody is logged in behind its back. */
const tooLate: Opened = fail({ code: 'login-too-late', why: 'the stream had ended' })

const silence: Opened = fail({ why: 'the session host did not answer before the deadline' })

/**
 * Asks the session host; its silence at the deadline is a fault of its own. A promise only where the host lets us wait:
 * other logins have no use for a timer. A session that nobody waits for any more is abandoned. Rejects where the host does.
 */
export function openSession(
  account: Account,
  call: Call,
  { policy, clock }: Pick<FeatureTools, 'policy' | 'clock'>,
): Opened | Promise<Opened> {
  if (clock.isLate) return tooLate
  const opened = policy.host.open(account, policy.terms, call)
  // Somebody else's host may bring somebody else's promises.
  return 'then' in opened ? inTime(Promise.resolve(opened), call, clock) : opened
}

function inTime(opening: Promise<Opened>, { deadline }: Call, clock: FeatureTools['clock']): Promise<Opened> {
  return new Promise((resolve, reject) => {
    let isAwaited = true
    const alarm = setTimeout(
      () => {
        isAwaited = false
        resolve(silence)
      },
      Math.max(0, Math.ceil(deadline - performance.now())),
    )
    const settle = (opened: Opened): void => {
      clearTimeout(alarm)
      const isUnwanted = opened.ok && (clock.isLate || !isAwaited)
      if (isUnwanted) opened.value.abandon()
      resolve(isUnwanted ? tooLate : opened)
    }
    // Whatever is thrown behind the deadline finds this settled, and is nobody's affair any more.
    opening.then(settle).catch((cause: unknown) => {
      clearTimeout(alarm)
      reject(cause)
    })
  })
}
