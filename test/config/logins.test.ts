/** Start-up checks of who can log in: of what is in force for each host on each listener. */

import { describe } from 'node:test'
import { bindPool, check, database, exact, ldapHost, naming, pkiHost, pool, withHosts } from './login-lines.ts'
import { goodConfig, goodTls } from './support.ts'

const before =
  'has "pki" before "ldap": it lets in every certificate, so the directory is never asked about one; turn them round, or ' +
  'take "pki" out'
const behind =
  'has "pki" behind "ldap": a certificate for an account that the directory does not know is let in all the same; take ' +
  '"pki" out unless that is meant'

describe('"pki" beside a directory', () => {
  check([
    [
      'before it',
      `${goodConfig()}[auth]\nmethods = ["pki", "ldap"]\n${exact}${pool}`,
      [`warning 9:11 conflict auth.methods: ${before}`],
    ],
    [
      'behind it, where nobody has listed them',
      `${goodConfig()}[auth]\n[auth.pki]\n${exact}${pool}`,
      [`warning 8:2 conflict auth.methods: ${behind}`],
    ],
    [
      'of one host',
      `${goodConfig()}${ldapHost(exact).replace('["ldap"]', '["ldap", "pki"]')}`,
      [`warning 13:11 conflict host_config.auth.methods: ${behind}`],
    ],
    [
      'by one of two listeners',
      `${goodConfig('allowed_auth_methods = ["ldap"]\n')}[[listen.c2s]]\nport = 5223\n${goodTls}[auth]\nmethods = ["ldap", "pki"]\n${exact}${pool}`,
      [`warning 15:11 conflict auth.methods: ${behind}`],
    ],
    [
      'by no listener',
      `${goodConfig('allowed_auth_methods = ["ldap"]\n')}[auth]\nmethods = ["ldap", "pki"]\n${exact}${pool}`,
      [],
    ],
    [
      'where nobody is named before the directory names him',
      `${goodConfig()}[auth]\nsasl_external = ["by_backend"]\nmethods = ["ldap", "pki"]\n${naming}${pool}`,
      [],
    ],
    [
      'where certificates are not looked at',
      `${goodConfig('certificate_policy = "disable"\n')}[auth]\nmethods = ["pki", "ldap"]\n${exact}${pool}${bindPool}`,
      [],
    ],
  ])
})

const whoNames = '"ldap" does with `certificate_filter` and `jid_attribute`, "http" with `api = "json"`'

describe('what is in force for a host on a listener', () => {
  check([
    [
      'self-signed certificates, and "pki" for one host',
      withHosts('tls.verify_mode = "selfsigned_peer"\n', `[auth]\nmethods = ["ldap"]\n${exact}${pool}${pkiHost}`),
      [
        'warning 8:19 anyone-as-anyone listen.c2s.tls.verify_mode: is "selfsigned_peer" and `auth.methods` of example.org has ' +
          '"pki": anyone can make a certificate with any name and log in as anyone; for development only',
      ],
    ],
    [
      'the client\'s word, and "pki" for one host',
      withHosts('sasl_external = ["auth_id"]\n', `[auth]\nmethods = ["ldap"]\n${exact}${pool}${pkiHost}`),
      [
        'warning 8:17 anyone-as-anyone listen.c2s.sasl_external: rule "auth_id" trusts the client\'s word, and method "pki" ' +
          'of `auth.methods` of example.org does not compare the certificate: any certificate your CA issued can log in as anyone',
      ],
    ],
    [
      'the client\'s word, and "pki" where the listener does not ask it',
      goodConfig('sasl_external = ["auth_id"]\nallowed_auth_methods = ["ldap"]\n') +
        `[auth]\nmethods = ["ldap", "pki"]\n${exact}${pool}`,
      [],
    ],
    [
      "the client's word, and a directory of which no entry is tied to it, that no host asks",
      `${goodConfig('sasl_external = ["auth_id"]\n')}[auth.ldap]\nbase = "dc=x"\ncertificate_filter = "(mail=%{email})"\n${ldapHost(exact)}`,
      [],
    ],
    [
      'nobody names whom a certificate of one host is for',
      withHosts('sasl_external = ["by_backend"]\n', `[auth]\nmethods = ["ldap"]\n${naming}${pool}${pkiHost}`),
      [
        'warning 8:17 conflict listen.c2s.sasl_external: has "by_backend", and no method of example.org says whose a ' +
          `certificate is, so nobody can log in: ${whoNames}`,
      ],
    ],
    [
      'nobody whom the listener asks names whom a certificate is for',
      goodConfig('allowed_auth_methods = ["pki"]\nsasl_external = ["by_backend"]\n') +
        `[auth]\nmethods = ["ldap", "pki"]\n${naming}${pool}`,
      [
        'error 9:17 conflict listen.c2s.sasl_external: has "by_backend", and no method says whose a certificate is, so nobody ' +
          `can log in: ${whoNames}`,
      ],
    ],
    [
      'the only host has a directory of its own that does',
      `${goodConfig('sasl_external = ["by_backend"]\n')}${ldapHost(naming)}`,
      [],
    ],
    [
      'the only host has a method of its own that is allowed',
      `${goodConfig('allowed_auth_methods = ["ldap"]\n')}${ldapHost('[auth.ldap]\nbase = "dc=x"\n')}`,
      [],
    ],
    [
      'one host has no method that is allowed',
      withHosts('allowed_auth_methods = ["ldap"]\n', `[auth]\nmethods = ["ldap"]\n${exact}${pool}${pkiHost}`),
      [
        'warning 8:24 conflict listen.c2s.allowed_auth_methods: names no method of `auth.methods` ("pki"), so nobody can log ' +
          'in to example.org; add one of them',
      ],
    ],
    [
      'no host has a method that is allowed',
      goodConfig('allowed_auth_methods = ["ldap"]\n'),
      [
        'error 8:24 conflict listen.c2s.allowed_auth_methods: names no method of `auth.methods` ("pki"), so nobody can log in; ' +
          'add one of them',
      ],
    ],
    [
      'every host is shut out, each by something else',
      withHosts(
        'allowed_auth_methods = ["pki"]\nsasl_external = ["by_backend"]\n',
        `[auth]\nmethods = ["ldap"]\n${naming}${pool}${pkiHost}`,
      ),
      [
        'error 8:24 conflict listen.c2s.allowed_auth_methods: names no method of `auth.methods` ("ldap"), so nobody can log in ' +
          'to localhost; add one of them',
        'error 9:17 conflict listen.c2s.sasl_external: has "by_backend", and no method of example.org says whose a ' +
          `certificate is, so nobody can log in: ${whoNames}`,
      ],
    ],
    [
      'a rule has no effect for the passwords beside it',
      `${goodConfig()}[auth]\nmethods = ["pki", "rdbms"]\nsasl_external = ["standard", "by_backend"]\n${database}`,
      [
        'error 10:17 conflict auth.sasl_external: has "by_backend", and no method says whose a certificate is, so the rule lets ' +
          `nobody in: ${whoNames}`,
      ],
    ],
    [
      'a directory that is asked for the very name that it is to say',
      `${goodConfig()}[auth]\nmethods = ["ldap"]\nsasl_external = ["by_backend"]\n${naming.replace('(mail=%{email})', '(&(uid=%u)(mail=%{email}))')}${pool}`,
      [
        'error 10:17 conflict auth.sasl_external: has "by_backend", and no method says whose a certificate is, so nobody can ' +
          'log in: `certificate_filter` and `filter` of "ldap" ask for `%u`, the localpart that it is to find, and so never ' +
          'match; take `%u` out',
      ],
    ],
    [
      'a directory that may be asked without it',
      `${goodConfig()}[auth]\nmethods = ["ldap"]\nsasl_external = ["by_backend"]\n${naming.replace('(mail=%{email})', '(|(uid=%u)(mail=%{email}))')}${pool}`,
      [],
    ],
  ])
})

describe('pools that are not there', () => {
  const missing = (key: string, what: string, tag: string) =>
    `conflict auth.ldap.${key}: ${what} through the pool "${tag}", which is not there: add \`[outgoing_pools.ldap.${tag}]\``
  check([
    [
      'both, where they are named',
      `${goodConfig()}[auth.ldap]\nbase = "dc=x"\nbind_pool_tag = "nope"\npool_tag = "nada"\n${pool}`,
      [
        `error 10:17 ${missing('bind_pool_tag', 'passwords are tried', 'nope')}`,
        `error 11:12 ${missing('pool_tag', 'entries are searched', 'nada')}`,
      ],
    ],
    [
      'the default, where the section is',
      `${goodConfig()}[auth.ldap]\nbase = "dc=x"\n`,
      [`error 8:7 ${missing('pool_tag', 'entries are searched', 'default')}`],
    ],
    [
      'of a host',
      `${goodConfig()}${ldapHost('[auth.ldap]\nbase = "dc=x"\npool_tag = "nada"\n')}`,
      [`error 16:12 ${missing('pool_tag', 'entries are searched', 'nada').replace('auth.', 'host_config.auth.')}`],
    ],
    [
      'the database of a host',
      `${goodConfig()}[[host_config]]\nhost = "localhost"\nauth.methods = ["rdbms"]\n`,
      [
        'error 10:16 conflict host_config.auth.methods: has "rdbms", which needs a database: add ' +
          '`[outgoing_pools.rdbms.default]` with its `connection`',
      ],
    ],
  ])
})
