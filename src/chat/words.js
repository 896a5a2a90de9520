/** Everything the page says about certificates and connections, and how it prints what the server has told. */

/** Names of the doors. */
export const doorNames = { websocket: 'WebSocket', bosh: 'BOSH' }

const dayForm = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const timeForm = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** `5 May 2027` in the reader's own way. */
export const day = (iso) => dayForm.format(new Date(iso))

/** `14:05` in the reader's own way. */
export const clock = (date) => timeForm.format(date)

/** A fingerprint in groups that an eye can follow. */
export const fingerprint = (hex) => hex.match(/.{1,4}/g)?.join(' ') ?? hex

/** `TLS 1.3, AES-256-GCM`. */
export function tlsWords({ version, cipher }) {
  const name = version.replace(/^TLSv/, 'TLS ')
  const aead = /(AES_?\d+_GCM|AES\d+-GCM|CHACHA20[_-]POLY1305)/.exec(cipher)?.[1]
  const shown = aead?.replace(/^AES_?/, 'AES-').replace(/[_-](?=GCM|POLY)/, '-') ?? cipher
  return `${name}, ${shown}`
}

/** Headlines and first sentences of the gate, by what the matter is. */
export const headlines = {
  looking: ['Looking at your certificate …', ''],
  none: [
    'No certificate arrived',
    'People log in here with a certificate, and your browser sent none with this connection.',
  ],
  refused: ['Your certificate was refused', 'It arrived, and the server has looked at it. This is what it found.'],
  choose: ['Who are you today?', 'The server takes your certificate, and wants to hear which account you mean.'],
  closed: ['No logins by certificate here', 'This address of the server does not take certificates.'],
  ready: ['Your certificate is good', 'One click and you are in.'],
  entering: ['Logging you in …', ''],
  gone: ['Waiting for the server', ''],
  ended: ['The connection has ended', ''],
  out: ['You are logged out', 'Your certificate stays in the browser. It lets you in again at any time.'],
}

/** What a connection may end with, by the word that strophe.js or the server has for it. */
const endings = {
  conflict: 'You have logged in elsewhere, in place of this page.',
  'system-shutdown': 'The server is shutting down.',
  'connection-timeout': 'The server waited for too long.',
  'policy-violation': 'The server ended the connection: too many attempts, or too much at once.',
  'not-authorized': 'The server does not let this connection in.',
  'internal-server-error': 'Something went wrong inside the server. Its log says what.',
  'host-unknown': 'The server does not serve this domain.',
  'item-not-found': 'The session has ended at the server.',
  'other-request': 'The session was taken over by another request.',
}

/** A sentence for why a connection ended. */
export function endingWords(condition) {
  return endings[condition] ?? 'The connection to the server was lost.'
}

/** Where certificates are imported, by browser. The first that `isIt` says yes to is shown open. */
export const importHelp = [
  {
    browser: 'Firefox',
    isIt: (agent) => agent.includes('Firefox/'),
    steps: [
      'Open Settings and search for “certificates”.',
      'View Certificates → Your Certificates → Import …',
      'Choose the .p12 file and type its password.',
      'Load this page again and pick the certificate when Firefox asks.',
    ],
  },
  {
    browser: 'Chrome, Chromium, Edge',
    isIt: (agent) => agent.includes('Chrome/'),
    steps: [
      'Open chrome://certificate-manager (Edge: edge://certificate-manager).',
      'Your certificates → Import. On Windows and macOS, double-click the .p12 file instead.',
      'Choose the .p12 file and type its password.',
      'Close all windows of the browser, open this page again and pick the certificate.',
    ],
  },
  {
    browser: 'Safari',
    isIt: (agent) => agent.includes('Safari/'),
    steps: [
      'Double-click the .p12 file; Keychain Access opens and asks for its password.',
      'Put it in the login keychain.',
      'Quit Safari, open this page again and pick the certificate.',
    ],
  },
]

/** Said below the help: why an imported certificate may still not arrive. */
export const stillNothing =
  'Imported, and it still does not come? Browsers remember “no certificate” until they are closed, and keep ' +
  'certificates to themselves that have expired or are from a CA that this server does not ask for.'

/** Takes `<meaning> (<decision id>)`, as SASL failures say it, apart. */
export function readFailure(text) {
  const found = /^(.*) \(([\da-f]{8}-[\da-f-]{27})\)$/s.exec(text ?? '')
  return found === null ? { meaning: text || null, decision: null } : { meaning: found[1], decision: found[2] }
}
