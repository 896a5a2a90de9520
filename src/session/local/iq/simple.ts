/** The requests that need no state: ping, version, time, and the session of old. */

import { escapeText } from '../../../xml/escape.ts'
import { NS } from '../../../xml/namespaces.ts'
import { type IqHandler, result } from './handler.ts'

/** XEP-0199. */
export const pingHandler: IqHandler = {
  name: 'ping',
  xmlns: NS.ping,
  types: ['get'],
  places: ['server', 'account'],
  features: [NS.ping],
  handle: () => result(),
}

/** XEP-0092. The operating system is nobody's business. */
export const versionHandler: IqHandler = {
  name: 'query',
  xmlns: NS.version,
  types: ['get'],
  places: ['server'],
  features: [NS.version],
  handle: ({ software }) => {
    const { name, version } = software
    return result(
      `<query xmlns='${NS.version}'><name>${escapeText(name)}</name><version>${escapeText(version)}</version></query>`,
    )
  },
}

/** XEP-0202. The server speaks UTC. */
export const timeHandler: IqHandler = {
  name: 'time',
  xmlns: NS.time,
  types: ['get'],
  places: ['server'],
  features: [NS.time],
  handle: ({ now }) => {
    const utc = new Date(now()).toISOString()
    return result(`<time xmlns='${NS.time}'><tzo>+00:00</tzo><utc>${utc}</utc></time>`)
  },
}

/** RFC 3921 §3: clients of its day ask for a session after binding; binding has made it already. */
export const sessionHandler: IqHandler = {
  name: 'session',
  xmlns: NS.session,
  types: ['set'],
  places: ['server', 'account'],
  features: [],
  handle: () => result(),
}
