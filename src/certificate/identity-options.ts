/** Options of the identity rules (`auth.sasl_external*`). */

import type { z } from 'zod'
import { choices, section, text } from '../config/declare.ts'
import { prepareLocal } from '../jid/jid.ts'

/** Names of the identity rules. */
export const identityRuleNames = ['standard', 'common_name', 'auth_id'] as const

/** The rules an operator can list, in the order of listing. */
export type IdentityRuleName = (typeof identityRuleNames)[number]

/** What is put around a common name to make it a localpart. */
export interface CommonNameOptions {
  readonly prefix: string
  readonly suffix: string
}

const localpart = 'empty, or text that may stand in the localpart of a JID (RFC 7622 §3.3)'

/** `auth.sasl_external`. */
export const saslExternalOption = choices(identityRuleNames, {
  says:
    'Rules that find the JID in a certificate, tried in this order: `standard` reads xmppAddr, `common_name` the CN, ' +
    '`auth_id` takes the JID the client asks for.',
  byDefault: '["standard"]',
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
