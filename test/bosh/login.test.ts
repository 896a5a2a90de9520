/** Logging in over BOSH with a certificate, and chatting. */

import { connectBosh } from '../support/bosh-client.ts'
import { testLogins } from '../support/handler-logins.ts'
import { openArena } from './arena.ts'

testLogins({ name: 'BOSH', transport: 'bosh', openArena, connect: connectBosh, ended: () => undefined })
