/** The screen of the demo, character by character. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DemoScreen, demoScreen } from '../../src/cli/demo-screen.ts'

const demo: DemoScreen = {
  version: '0.1.0',
  port: 5222,
  tlsPort: 5223,
  httpsPort: 5443,
  certificates: { directory: '/home/me/signet/certs', made: ['ca.pem'], expires: new Date('2027-11-22T12:00:00Z') },
}
const byNpm = { colour: false, cwd: '/home/me/signet', env: { npm_lifecycle_event: 'start' } }

const screen = `
  Signet 0.1.0 · XMPP login by certificate · demo

  Listening      127.0.0.1:5222   STARTTLS
                 127.0.0.1:5223   direct TLS
                 127.0.0.1:5443   HTTPS: WebSocket, BOSH, and a chat page

  Accounts       alice@localhost, bob@localhost   by certificate, no passwords

  Certificates   certs/   made just now, good until 22 November 2027
                 alice.p12              to import; password: signet
                 alice-combined.pem     certificate and key in one file
                 alice.pem, alice.key   one file each; all the same for bob
                 ca.pem                 the CA, which clients must trust

  In a browser   1  import certs/alice.p12 in its settings, under certificates
                 2  https://localhost:5443/   accept the warning about the CA

  Try it now     npm run hello   in a second terminal; needs no XMPP client

  With Gajim     1  sudo apt install gajim   version 1.7, as in Debian 12
                 2  npm run gajim   Gajim opens as alice; add “bob” for bob
                 Gajim never shows its certificate; step 2 adds that as it runs.

  Other clients  docs/clients.md says which, and how

  Every login is judged in one line below. Ctrl-C stops.

`

test('the screen of npm start', () => {
  assert.equal(demoScreen(demo, byNpm), screen)
})

test('it fits 30 lines of 80 columns', () => {
  const lines = screen.split('\n')
  assert.ok(lines.length <= 30, `${lines.length} lines`)
  for (const line of lines) assert.ok(line.length <= 80, line)
})

test('in colour it says the same', () => {
  const coloured = demoScreen(demo, { ...byNpm, colour: true })
  assert.notEqual(coloured, screen)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colour is made of
  assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), screen)
})

test('other ports and another folder are in the commands it names', () => {
  const other: DemoScreen = {
    ...demo,
    port: 5322,
    tlsPort: 5323,
    httpsPort: 5543,
    certificates: { ...demo.certificates, directory: '/home/me/signet/var/x', made: [] },
  }
  const lines = demoScreen(other, byNpm).split('\n')
  const expected = [
    '  Listening      127.0.0.1:5322   STARTTLS',
    '                 127.0.0.1:5323   direct TLS',
    '                 127.0.0.1:5543   HTTPS: WebSocket, BOSH, and a chat page',
    '  In a browser   1  import var/x/alice.p12 in its settings, under certificates',
    '                 2  https://localhost:5543/   accept the warning about the CA',
    '  Certificates   var/x/   kept from before, good until 22 November 2027',
    '  Try it now     npm run hello -- --port 5322 --dir var/x   in a second terminal; needs no XMPP client',
    '                 2  npm run gajim -- --port 5322 --dir var/x   Gajim opens as alice; add “bob” for bob',
  ]
  for (const line of expected) assert.ok(lines.includes(line), line)
})

test('the installed command names itself', () => {
  const text = demoScreen(demo, { ...byNpm, env: {} })
  assert.match(text, /Try it now {5}signet hello {3}in a second terminal/)
  assert.match(text, /With Gajim {5}takes a launcher: docs\/clients\.md\n/)
  assert.doesNotMatch(text, /npm/)
})
