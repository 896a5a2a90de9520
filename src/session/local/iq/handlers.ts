/** Every kind of request that the local host answers. */

import { createDiscoInfo, discoItemsHandler } from './disco.ts'
import type { IqHandler } from './handler.ts'
import { privateXmlHandler } from './private-xml.ts'
import { rosterHandler } from './roster.ts'
import { pingHandler, sessionHandler, timeHandler, versionHandler } from './simple.ts'

const handlers: readonly IqHandler[] = [
  rosterHandler,
  privateXmlHandler,
  discoItemsHandler,
  pingHandler,
  versionHandler,
  timeHandler,
  sessionHandler,
]

/** The list, service discovery over it included. */
export const iqHandlers: readonly IqHandler[] = [createDiscoInfo(handlers), ...handlers]
