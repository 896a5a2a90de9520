/** Writes `docs/configuration.md`, `docs/signet.schema.json` and `src/server-config.ts` from the options. */

import { writeFileSync } from 'node:fs'
import { typeDeclaration } from '../config/declaration.ts'
import { jsonSchema, referencePage } from '../config/reference.ts'
import { rootSection } from '../options.ts'

/** One generated file: its name below the root of the project, and what belongs in it. */
export interface ReferenceFile {
  readonly path: string
  readonly text: string
}

const intro = `# Configuration

<!-- Written by \`node src/cli/write-reference.ts\` from the options in the source; changes belong there. -->

Signet reads one [TOML](https://toml.io/) file. \`signet check --config FILE\` says everything that is wrong with it,
each problem with file, line and column, and what would run if nothing is; \`signet serve\` refuses to start (exit code 78)
where \`check\` reports an error. SIGHUP reads the file again; a file with errors is refused whole and the old one stays in force.

Start from one of the examples: [config/signet.toml](../config/signet.toml) explains every common option;
[self-signed-development.toml](../config/self-signed-development.toml), [common-name.toml](../config/common-name.toml) and
[several-hosts.toml](../config/several-hosts.toml) each show one thing. Editors that know JSON Schema can use
[signet.schema.json](signet.schema.json): put \`#:schema\` with its path into the first line of the file.

Names of files are relative to the folder of the configuration file. Times are in milliseconds and sizes in bytes.
Every limit is finite, and 0 never means unlimited.

## For operators of MongooseIM

Sections, names and meanings are MongooseIM's wherever it has them; older spellings are accepted with a warning that
names today's. What is different:

- Client certificates are believed only if a CA of \`cacertfile\` issued them. MongooseIM falls back to the CAs of the
  operating system; Signet has no such default, because any public CA could then name your users.
- \`sasl_mechanisms\` is \`["external"]\` unless it is given. \`[auth.pki]\` may be left out.
- \`loglevel\` is \`"info"\` unless it is given, so that every login decision is in the log.
- \`port\`, \`[general]\` and \`default_server_domain\` have defaults.
- \`certfile\` may hold the private key as well; \`tls.sni\` lists certificates for further hosts; \`disconnect_on_failure\`
  means the same with \`mode = "tls"\` as with STARTTLS.
- Signet's own options, which MongooseIM does not have: \`max_connections_per_address\`, \`max_handshakes\`,
  \`max_handshakes_waiting\`, \`login_timeout\`, \`max_login_attempts\`, \`certificate_policy\`, \`sasl_external\` of a listener,
  \`trusted_subjects\`, \`trusted_issuers\`, \`trusted_proxies\`, \`forwarded_certificate\`, \`forwarded_address\`,
  \`tls.sni\`, \`tls.handshake_timeout\`, \`[[auth.sasl_external_rules]]\` and \`[session.local]\`.
- \`proxy_protocol = true\` needs \`trusted_proxies\`: whose PROXY headers are believed. [proxies.md](proxies.md) has ready
  configurations of proxies that end TLS.
- Rules that make a JID of whatever a certificate holds, and lists of trusted names, are explained with examples in
  [from-certificate-to-jid.md](from-certificate-to-jid.md).
- \`"infinity"\` becomes the largest value that is allowed, with a warning.
- An option whose feature Signet does not have is refused. It is never read and ignored.

`

const typeHead = `/** The configuration as an object. Written by \`npm run docs\` from the options in the source; changes belong there. */

`

const typeSays =
  'What a configuration file says, in the shape that it has when it is parsed. Names of files are relative.'

/** The files as they should be. */
export function referenceFiles(): readonly ReferenceFile[] {
  const schema = jsonSchema(rootSection, 'Configuration of Signet')
  return [
    { path: 'docs/configuration.md', text: intro + referencePage(rootSection) },
    { path: 'docs/signet.schema.json', text: `${JSON.stringify(schema, null, 2)}\n` },
    { path: 'src/server-config.ts', text: typeHead + typeDeclaration(rootSection, 'ServerConfig', typeSays) },
  ]
}

if (import.meta.main) {
  for (const { path, text } of referenceFiles()) writeFileSync(new URL(`../../${path}`, import.meta.url), text)
}
