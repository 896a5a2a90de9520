/** Starts what backends ask, as a process of its own. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { generatorCore } from '../servers/server.ts'
import type { KnownAccount, Services } from './service.ts'

/** The services for these accounts, on the generator's core. Disposing of them ends them. */
export async function startServices(accounts: readonly KnownAccount[]): Promise<Services & AsyncDisposable> {
  // taskset becomes Node, which keeps the channel. The options of the measured process are its own.
  const child = fork(join(import.meta.dirname, 'service.ts'), {
    execPath: 'taskset',
    execArgv: ['-c', String(generatorCore), process.execPath, '--disable-warning=ExperimentalWarning'],
  })
  child.send(accounts)
  const [services] = (await once(child, 'message')) as [Services]
  return {
    ...services,
    [Symbol.asyncDispose]: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
