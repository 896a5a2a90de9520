/** Markup of rosters that several tests share. */

import type { Step } from './scene.ts'

/** A roster query around items. */
export const roster = (items: string): string => `<query xmlns='jabber:iq:roster'>${items}</query>`

/** A roster set of one item. */
export const rosterSet = (id: string, item: string): string => `<iq type='set' id='${id}'>${roster(item)}</iq>`

/** A roster push as a client without versions gets it. */
export const push = (to: string, item: string): string => `<iq type='set' id='{any}' to='${to}'>${roster(item)}</iq>`

/** An empty result. */
export const result = (id: string, to: string): string => `<iq type='result' id='${id}' to='${to}'/>`

/** Asks for the roster, and what it then is. */
export const expectRoster = (who: string, to: string, items: string): readonly Step[] => [
  [who, 'sends', "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"],
  [
    who,
    'gets',
    `<iq type='result' id='r' to='${to}'>${items === '' ? "<query xmlns='jabber:iq:roster'/>" : roster(items)}</iq>`,
  ],
]
