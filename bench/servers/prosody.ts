/** Prosody from Debian with mod_auth_ccert: nothing but what a login with a certificate needs. */

import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { domain } from '../pki.ts'
import { type Contestant, findFreePort, type Site, startPinned } from './server.ts'

const program = '/usr/bin/prosody'
const modules = '/usr/lib/prosody/modules'

/** Prosody. */
export const prosody: Contestant = {
  key: 'prosody',
  title: 'Prosody',
  work: 'login',
  missing: () =>
    existsSync(program) && existsSync(join(modules, 'mod_auth_ccert'))
      ? null
      : 'needs the Debian packages prosody and prosody-modules',
  start: async (site) => {
    const port = await findFreePort()
    const data = join(site.directory, 'prosody-data')
    await mkdir(data, { recursive: true })
    const file = join(site.directory, 'prosody.cfg.lua')
    await writeFile(file, configuration(site, port, data))
    const args = ['--config', file, '-F']
    return startPinned({ key: 'prosody', command: program, args, port, directory: site.directory })
  },
}

// Its defaults check client certificates for the purpose of servers: `lsec_ignore_purpose = false` undoes that.
const configuration = ({ pki }: Site, port: number, data: string): string => `
run_as_root = true
data_path = ${lua(data)}
pidfile = ${lua(join(data, 'prosody.pid'))}
plugin_paths = { ${lua(modules)} }
network_backend = "epoll"
modules_enabled = { "roster", "saslauth", "tls" }
modules_disabled = { "s2s", "offline", "http" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
storage = "memory"
log = { warn = "*console" }
c2s_require_encryption = true
limits = { c2s = { rate = "1gb/s" } }
c2s_ssl = {
  certificate = ${lua(pki.serverCertificate)}; key = ${lua(pki.serverKey)}; cafile = ${lua(pki.ca)};
  verify = { "peer" }; verifyext = { lsec_ignore_purpose = false };
}
VirtualHost ${lua(domain)}
  authentication = "ccert"
  certificate_match = "xmppaddr"
`

function lua(text: string): string {
  return JSON.stringify(text)
}
