/** Start-up checks of identity rules: what nobody asks, and what can let nobody in. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import { describe } from 'node:test'
import { check, withHosts } from './login-lines.ts'
import { goodConfig, goodTls } from './support.ts'

const rule = (lines: string): string => `[[auth.sasl_external_rules]]\n${lines}\n`
const serialRule = rule('source = "2.5.4.5"')
const staff = '[auth.sasl_external_common_name]\nprefix = "staff-"\n'
const hosts = (lines: string): string => `[[host_config]]\nhost = "example.org"\n${lines}`
const secondListener = (lines: string): string => `[[listen.c2s]]\nport = 5223\n${goodTls}${lines}`
const noCommonName = 'has no effect: no `sasl_external` that is in force with it has "common_name"'
const followsOnly = 'has no effect: a rule without a name follows `auth.sasl_external` only, and'
const nameIt = 'name it, and list it where it is meant'
const byListeners = 'every listener has a list of its own'
const byBoth = "for every host its own `[auth]` decides, or the listener's list"

describe('what belongs to rules that nobody asks', () => {
  check([
    [
      'a prefix without its rule',
      `${goodConfig()}${staff}`,
      [`warning 8:7 conflict auth.sasl_external_common_name: ${noCommonName}`],
    ],
    ['a prefix, and the rule on a listener', `${goodConfig('sasl_external = ["common_name"]\n')}${staff}`, []],
    [
      'a prefix, and the rule on the second listener',
      `${goodConfig()}${secondListener('sasl_external = ["common_name"]\n')}${staff}`,
      [],
    ],
    [
      'a prefix, and a rule that every listener overrides',
      `${goodConfig('sasl_external = ["standard"]\n')}[auth]\nsasl_external = ["common_name"]\n${staff}`,
      [
        `warning 10:17 conflict auth.sasl_external: has no effect: ${byListeners}`,
        `warning 11:7 conflict auth.sasl_external_common_name: ${noCommonName}`,
      ],
    ],
    [
      'prefixes of [auth] and of a host, and the rule on a listener',
      withHosts(
        'sasl_external = ["common_name"]\n',
        `${staff}${hosts('[host_config.auth.sasl_external_common_name]\nprefix = "b-"\n[host_config.auth.pki]\n')}`,
      ),
      [],
    ],
    [
      'a prefix of a host, and the rule on another',
      withHosts(
        '[auth]\nsasl_external = ["common_name"]\n',
        hosts('[host_config.auth]\nsasl_external_common_name.prefix = "b-"\n'),
      ),
      [`warning 13:1 conflict host_config.auth.sasl_external_common_name: ${noCommonName}`],
    ],
    [
      'a prefix of [auth], and the rule on a host that has an [auth] of its own',
      withHosts(staff, hosts('[host_config.auth]\nsasl_external = ["common_name"]\n')),
      [`warning 8:7 conflict auth.sasl_external_common_name: ${noCommonName}`],
    ],
    [
      'a rule without a name, overridden on every listener',
      `${goodConfig('sasl_external = ["standard"]\n')}${serialRule}${serialRule}`,
      [
        `warning 9:8 conflict auth.sasl_external_rules: ${followsOnly} ${byListeners}; ${nameIt}`,
        `warning 11:8 conflict auth.sasl_external_rules: ${followsOnly} ${byListeners}; ${nameIt}`,
      ],
    ],
    [
      'a list and a rule without a name, overridden on one of two listeners',
      `${goodConfig('sasl_external = ["standard"]\n')}${secondListener('')}[auth]\nsasl_external = ["standard"]\n${serialRule}`,
      [],
    ],
    [
      'a list and a rule without a name, overridden by hosts and listeners',
      withHosts(
        secondListener('sasl_external = ["standard"]\n'),
        `[auth]\nsasl_external = ["common_name"]\n${serialRule}${hosts('[host_config.auth]\nsasl_external = ["standard"]\n')}[[host_config]]\nhost = "localhost"\n[host_config.auth.pki]\n`,
      ),
      [
        `warning 15:17 conflict auth.sasl_external: has no effect: ${byBoth}`,
        `warning 16:8 conflict auth.sasl_external_rules: ${followsOnly} ${byBoth}; ${nameIt}`,
      ],
    ],
    [
      'nothing of it where a listener could not be read',
      `${goodConfig('sasl_external = ["standard"]\n')}[[listen.c2s]]\nport = 5223\n${staff}${serialRule}`,
      [
        'error 9:10 missing listen.c2s.tls: the listener has no `tls` section, so nobody could log in: certificates are shown in the TLS handshake only; set `tls.certfile`, `tls.keyfile` and `tls.cacertfile`',
      ],
    ],
  ])
})

const foreign = (domain: string, asked: string, hint: string): string =>
  `makes JIDs of ${domain}, and is asked for ${asked}: no login can come of it; ${hint}`
const stands = '${domain} stands for the domain that the client connects to'
const uidTo = (jid: string): string => rule(`source = "uid"\njid = "${jid}"`)
const anAddress =
  'an address has an @, so that no JID can come of the whole of it; capture the part before the @: ' +
  `match = '([^@]+)@example\\.org', jid = "$1@\${domain}"`

describe('rules that let nobody in', () => {
  check([
    [
      'a mistyped domain',
      withHosts('', uidTo('$0@exmaple.org')),
      [
        `warning 10:7 conflict auth.sasl_external_rules.jid: ${foreign('exmaple.org', 'localhost, example.org', 'did you mean example.org?')}`,
      ],
    ],
    [
      'a domain like none that is served',
      withHosts('', uidTo('$0@mail.corp.test')),
      [
        `warning 10:7 conflict auth.sasl_external_rules.jid: ${foreign('mail.corp.test', 'localhost, example.org', stands)}`,
      ],
    ],
    [
      'something before the domain of the client',
      withHosts('', uidTo('$0@x.${domain}')),
      [
        `warning 10:7 conflict auth.sasl_external_rules.jid: ${foreign('x.localhost, x.example.org', 'localhost, example.org', stands)}`,
      ],
    ],
    ['one of the hosts, in capitals', withHosts('', uidTo('$0@EXAMPLE.org')), []],
    [
      'a domain that the certificate says',
      withHosts('', rule(`source = "uid"\nmatch = '(.+) (.+)'\njid = "$1@$2"`)),
      [],
    ],
    [
      'a domain that the certificate says in part',
      withHosts('', rule(`source = "uid"\nmatch = '(.+) (.+)'\njid = "$1@example.$2"`)),
      [],
    ],
    [
      'a domain of another host than the rule is of',
      withHosts('', hosts('[[host_config.auth.sasl_external_rules]]\nsource = "uid"\njid = "$0@localhost"\n')),
      [
        `warning 12:7 conflict host_config.auth.sasl_external_rules.jid: ${foreign('localhost', 'example.org', stands)}`,
      ],
    ],
    [
      'an address as localpart',
      goodConfig(rule('source = "email"')),
      [`error 9:10 conflict auth.sasl_external_rules.source: ${anAddress}`],
    ],
    [
      'an address in a localpart',
      goodConfig(rule('source = "email"\njid = "m-${0}@${domain}"')),
      [`error 9:10 conflict auth.sasl_external_rules.source: ${anAddress}`],
    ],
    [
      'a UPN as localpart',
      goodConfig(rule('source = "upn"')),
      [
        `warning 9:10 conflict auth.sasl_external_rules.source: ${anAddress.replace(/^.*?; /, 'most UPNs have an @, which can be in no localpart; ')}`,
      ],
    ],
    [
      'a part of an address',
      goodConfig(rule(`source = "email"\nmatch = '([^@]+)@localhost'\njid = "$1@\${domain}"`)),
      [],
    ],
    [
      'an address, and no such group',
      goodConfig(rule('source = "email"\njid = "$1@${domain}"')),
      [
        'error 10:7 bad-value auth.sasl_external_rules.jid: "$1@${domain}" cannot be used: there is no group 1: the pattern has none',
      ],
    ],
    [
      'an address, and a match that is no text',
      goodConfig(rule('source = "email"\nmatch = 5')),
      [
        'error 10:9 bad-value auth.sasl_external_rules.match: must be a regular expression of at most 512 characters, not 5',
      ],
    ],
    [
      'an address, and a template that is no text',
      goodConfig(rule('source = "email"\njid = 5')),
      ['error 10:7 bad-value auth.sasl_external_rules.jid: must be a template of the form LOCAL@DOMAIN, not 5'],
    ],
    ['one account for every address', goodConfig(rule('source = "email"\njid = "guest@${domain}"')), []],
    ['another source as localpart', goodConfig(rule('source = "uid"')), []],
  ])
})
