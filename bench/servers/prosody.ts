/** Prosody from Debian with mod_auth_ccert: nothing but what a login with a certificate needs. */

import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webSocketPath } from '../generator.ts'
import { domain } from '../pki.ts'
import { type Contestant, findFreePort, type Site, startPinned } from './server.ts'

const program = '/usr/bin/prosody'
const modules = '/usr/lib/prosody/modules'

/** Prosody. */
export const prosody: Contestant = createProsody('starttls')

/** Prosody over WebSocket. */
export const prosodyWebSocket: Contestant = createProsody('websocket')

function createProsody(door: 'starttls' | 'websocket'): Contestant {
  const key = door === 'starttls' ? 'prosody' : 'prosody-websocket'
  return {
    key,
    title: door === 'starttls' ? 'Prosody' : 'Prosody, WebSocket',
    work: 'login',
    door,
    missing: () =>
      existsSync(program) && existsSync(join(modules, 'mod_auth_ccert'))
        ? null
        : 'needs the Debian packages prosody and prosody-modules',
    start: async (site) => {
      const port = await findFreePort()
      const data = join(site.directory, `${key}-data`)
      await mkdir(data, { recursive: true })
      const file = join(site.directory, `${key}.cfg.lua`)
      await writeFile(file, configuration(site, ports[door](port), data, door))
      const args = ['--config', file, '-F']
      return startPinned({ key, command: program, args, port, directory: site.directory })
    },
  }
}

/** What listens, and what does not. */
const ports = {
  starttls: (port: number) => `modules_disabled = { "s2s", "offline", "http" }
c2s_ports = { ${port} }`,
  websocket: (port: number) => `modules_disabled = { "s2s", "offline" }
c2s_ports = {}
http_ports = {}
https_ports = { ${port} }
https_interfaces = { "127.0.0.1" }
http_paths = { websocket = ${lua(webSocketPath)} }
http_default_host = ${lua(domain)}
consider_websocket_secure = true`,
}

// Its defaults check client certificates for the purpose of servers: `lsec_ignore_purpose = false` undoes that.
const configuration = ({ pki }: Site, port: string, data: string, door: 'starttls' | 'websocket'): string => `
run_as_root = true
data_path = ${lua(data)}
pidfile = ${lua(join(data, 'prosody.pid'))}
plugin_paths = { ${lua(modules)} }
network_backend = "epoll"
modules_enabled = { "roster", "saslauth", ${door === 'starttls' ? '"tls"' : '"websocket"'} }
interfaces = { "127.0.0.1" }
${port}
storage = "memory"
log = { warn = "*console" }
c2s_require_encryption = true
limits = { c2s = { rate = "1gb/s" } }
${door === 'starttls' ? 'c2s' : 'https'}_ssl = {
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
