/** Options of the identity rules (`auth.sasl_external*`). */

import type { z } from 'zod'
import { quoted, section, text, texts } from '../config/declare.ts'
import { prepareLocal } from '../jid/jid.ts'

/** Names of the identity rules. */
export const identityRuleNames = ['standard', 'common_name', 'auth_id', 'by_backend'] as const

/** The rules an operator can list, in the order of listing. */
export type IdentityRuleName = (typeof identityRuleNames)[number]

/** What is put around a common name to make it a localpart. */
export interface CommonNameOptions {
  readonly prefix: string
  readonly suffix: string
}

const localpart = 'empty, or text that may stand in the localpart of a JID (RFC 7622 §3.3)'

const ruleWords = {
  allowed: `a list of at least one of ${quoted(identityRuleNames)}, "rule:NAME", each once`,
  each: `one of ${quoted(identityRuleNames)}, or "rule:" and the name of a rule`,
  form: /^(?:standard|common_name|auth_id|by_backend|rule:[a-z][a-z0-9_-]{0,31})$/,
}

/** `auth.sasl_external`. */
export const saslExternalOption = texts({
  ...ruleWords,
  says:
    'Rules that find the JID in a certificate, tried in this order: `standard` reads xmppAddr, `common_name` the CN, ' +
    '`auth_id` takes the JID the client asks for, `by_backend` leaves it to the backend, `rule:NAME` is one of `[[auth.sasl_external_rules]]`. Those of them that have no ' +
    'name follow, in the order of the file.',
  byDefault: '["standard"]',
})

/** `sasl_external` of a listener. */
export const listenerRulesOption = texts({
  ...ruleWords,
  says: 'Rules that find the JID in a certificate on this port; these and no others.',
  byDefault: '`auth.sasl_external`, with the rules that have no name',
})

/** `[auth.sasl_external_common_name]`. */
export const commonNameSection = section('What rule `common_name` puts around the CN to make it a localpart.', {
  prefix: text({ says: 'Text put before the CN.', allowed: localpart, byDefault: '""', test: isLocalPiece }),
  suffix: text({ says: 'Text put after the CN.', allowed: localpart, byDefault: '""', test: isLocalPiece }),
})

/** The section with its defaults. */
export function resolveCommonName(values: z.output<typeof commonNameSection> | undefined): CommonNameOptions {
  return { prefix: values?.prefix ?? '', suffix: values?.suffix ?? '' }
}

function isLocalPiece(value: string): boolean {
  return value === '' || prepareLocal(value).ok
}
