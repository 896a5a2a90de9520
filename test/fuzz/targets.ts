/** Everything that is fuzzed. */

import { createBase64Target } from './base64-target.ts'
import { createBoshTarget } from './bosh-target.ts'
import { createCertificateTarget } from './certificate-target.ts'
import { createConfigTarget } from './config-target.ts'
import { createDnPatternTarget } from './dn-pattern-target.ts'
import { createExternalTarget } from './external-target.ts'
import { createForwardedTarget } from './forwarded-target.ts'
import { createJidTarget } from './jid-target.ts'
import { createJidTemplateTarget } from './jid-template-target.ts'
import { createLdapFilterTarget } from './ldap-filter-target.ts'
import { createPathTarget } from './path-target.ts'
import { createProxyHeaderTarget } from './proxy-header-target.ts'
import { createRegexTarget } from './regex-target.ts'
import { createSessionTarget } from './session-target.ts'
import { createStreamTarget } from './stream-target.ts'
import type { FuzzTarget } from './target.ts'
import { createWebSocketTarget } from './websocket-target.ts'
import { createXmlTarget } from './xml-target.ts'

/** The targets by name. Making one may take a second; each is to be disposed of. */
export const targets: Readonly<Record<string, () => FuzzTarget>> = {
  xml: createXmlTarget,
  certificate: createCertificateTarget,
  path: createPathTarget,
  jid: createJidTarget,
  base64: createBase64Target,
  config: createConfigTarget,
  regex: createRegexTarget,
  'dn-pattern': createDnPatternTarget,
  'jid-template': createJidTemplateTarget,
  'ldap-filter': createLdapFilterTarget,
  external: createExternalTarget,
  stream: createStreamTarget,
  session: createSessionTarget,
  bosh: createBoshTarget,
  websocket: createWebSocketTarget,
  'proxy-header': createProxyHeaderTarget,
  forwarded: createForwardedTarget,
}
