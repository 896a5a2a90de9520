/** The configuration as an object. Written by `npm run docs` from the options in the source; changes belong there. */

/** What a configuration file says, in the shape that it has when it is parsed. Names of files are relative. */
export interface ServerConfig {
  /** The domains that are served, and the log. */
  readonly general?: {
    /** Domains that are served. Default: ["localhost"]. */
    readonly hosts?: readonly string[]
    /** The domain that answers clients that name none; one of `hosts`. Default: the first of `hosts`. */
    readonly default_server_domain?: string
    /** The least important events that are logged; every login decision is an `info` event. Default: "info". */
    readonly loglevel?:
      | 'none'
      | 'emergency'
      | 'alert'
      | 'critical'
      | 'error'
      | 'warning'
      | 'notice'
      | 'info'
      | 'debug'
      | 'all'
  }
  /** The ports that clients connect to. */
  readonly listen?: {
    /** A port on which XMPP clients connect over TCP (RFC 6120). */
    readonly c2s?: readonly {
      /** TCP port; 0 takes any free port. Default: 5222. */
      readonly port?: number
      /** Address to listen on. Default: "0.0.0.0", or "::" with `ip_version = 6`. */
      readonly ip_address?: string
      /** Family of the default address. Default: that of `ip_address`, else 4. */
      readonly ip_version?: 4 | 6
      /** Transport protocol. Default: "tcp". */
      readonly proto?: 'tcp'
      /**
       * Connections the system may queue before they are accepted. A whole number from 1 to 65535 (connections).
       * Default: 1024.
       */
      readonly backlog?: number
      /** Let several processes listen on the same port (SO_REUSEPORT). Default: false. */
      readonly reuse_port?: boolean
      /** Connections open at one time. A whole number from 1 to 1000000 (connections). Default: 10000. */
      readonly max_connections?: number | 'infinity'
      /**
       * Connections open at one time from one address (IPv6: from one /64). A whole number from 1 to 1000000
       * (connections). Default: 256.
       */
      readonly max_connections_per_address?: number | 'infinity'
      /**
       * TLS handshakes at work at one time; one address gets a quarter of them. Further connections wait, fairly by
       * address. A whole number from 1 to 65536 (handshakes). Default: 256.
       */
      readonly max_handshakes?: number
      /**
       * Connections that wait for their handshake at one time. Further ones are closed at once, those of the
       * greediest address first. A whole number from 1 to 65536 (connections). Default: 1024.
       */
      readonly max_handshakes_waiting?: number
      /** Largest stanza that is taken. A whole number from 10000 to 4194304 (bytes). Default: 262144. */
      readonly max_stanza_size?: number | 'infinity'
      /** Limit of each step before the session. A whole number from 100 to 600000 (milliseconds). Default: 5000. */
      readonly state_timeout?: number | 'infinity'
      /**
       * Limit of everything before the session, handshake included. A whole number from 100 to 3600000
       * (milliseconds). Default: 60000.
       */
      readonly login_timeout?: number
      /** Failed logins after which the stream is closed. A whole number from 1 to 10 (attempts). Default: 3. */
      readonly max_login_attempts?: number
      /** Offer the session step of RFC 3921 to old clients. Default: true. */
      readonly backwards_compatible_session?: boolean
      /** Backends that may judge logins on this port. Default: all of `auth.methods`. */
      readonly allowed_auth_methods?: readonly string[]
      /** TLS of one listener: its certificate, and what it asks of the certificates of clients. */
      readonly tls?: {
        /**
         * `tls` begins with the first byte (XEP-0368); `starttls` offers and `starttls_required` demands the
         * upgrade. Default: "starttls".
         */
        readonly mode?: 'tls' | 'starttls' | 'starttls_required'
        /**
         * `peer` asks clients for a certificate from a CA of `cacertfile`; `selfsigned_peer` takes self-signed ones
         * too (development only); `none` asks for none. Default: "peer".
         */
        readonly verify_mode?: 'peer' | 'selfsigned_peer' | 'none'
        /**
         * End the connection when the certificate is missing or bad; `false` only withholds SASL EXTERNAL. Default:
         * true.
         */
        readonly disconnect_on_failure?: boolean
        /** Server certificate (PEM), followed by its intermediates; may hold the private key as well. */
        readonly certfile?: string
        /** Private key of the certificate (PEM). Default: the same file as `certfile`. */
        readonly keyfile?: string
        /** Password of an encrypted private key. */
        readonly password?: string
        /** A certificate of its own for clients that ask for one host by SNI. */
        readonly sni?: readonly {
          /** The domain that clients ask for. */
          readonly host: string
          /** Server certificate (PEM), followed by its intermediates; may hold the private key as well. */
          readonly certfile?: string
          /** Private key of the certificate (PEM). Default: the same file as `certfile`. */
          readonly keyfile?: string
          /** Password of an encrypted private key. */
          readonly password?: string
        }[]
        /** CAs (PEM) whose client certificates are believed; needed with `verify_mode = "peer"`. */
        readonly cacertfile?: string
        /** Diffie-Hellman parameters (PEM) for TLS 1.2; without it only elliptic-curve exchange. */
        readonly dhfile?: string
        /** Cipher suites as an OpenSSL list, parts separated by colons. Default: Node's own list. */
        readonly ciphers?: string
        /** TLS versions that may be used; older ones have been removed. Default: ["tlsv1.2", "tlsv1.3"]. */
        readonly versions?: readonly ('tlsv1.2' | 'tlsv1.3')[]
        /**
         * Append the secrets of each connection to the file named by the environment variable SSLKEYLOGFILE;
         * debugging only. Default: false.
         */
        readonly keep_secrets?: boolean
        /** Limit of the handshake. A whole number from 100 to 120000 (milliseconds). Default: 10000. */
        readonly handshake_timeout?: number
      }
    }[]
  }
  /** Who may log in, and how a certificate becomes an account. */
  readonly auth?: {
    /**
     * Backends that are asked whether the account exists, in this order. Default: every method with a section of its
     * own, else `["pki"]`.
     */
    readonly methods?: readonly string[]
    /** SASL mechanisms, offered in this order. Default: ["external"]. */
    readonly sasl_mechanisms?: readonly 'external'[]
    /**
     * Rules that find the JID in a certificate, tried in this order: `standard` reads xmppAddr, `common_name` the
     * CN, `auth_id` takes the JID the client asks for. Default: ["standard"].
     */
    readonly sasl_external?: readonly ('standard' | 'common_name' | 'auth_id')[]
    /** What rule `common_name` puts around the CN to make it a localpart. */
    readonly sasl_external_common_name?: {
      /** Text put before the CN. Default: "". */
      readonly prefix?: string
      /** Text put after the CN. Default: "". */
      readonly suffix?: string
    }
    /** Backend `pki`: every JID that an identity rule found in a certificate is an account. No options. */
    readonly pki?: Readonly<Record<string, never>>
  }
  /** What a client gets after its login. */
  readonly session?: {
    /** The embedded session host: people on this server chat with each other. */
    readonly local?: {
      /**
       * SQLite file that keeps rosters, offline messages and private XML; made when it is missing. Default:
       * "signet.sqlite".
       */
      readonly database?: string
    }
  }
}
