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
    /** What HTTP answers call the server (`Server`). Default: the field is left out. */
    readonly http_server_name?: string
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
       * Connections the system may queue before they are accepted. It can only change at a restart. A whole number
       * from 1 to 65535 (connections). Default: 1024.
       */
      readonly backlog?: number
      /**
       * Let several processes listen on the same port (SO_REUSEPORT). It counts when the port is opened. Default:
       * false.
       */
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
       * address. A whole number from 1 to 65536 (handshakes). Default: 64.
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
      /**
       * What certificates mean for logins: `disable` does not look at them; with `enable` a presented one decides,
       * and clients without one use passwords; with `optional` EXTERNAL stands beside the other mechanisms; with
       * `mandatory` only an acceptable certificate lets anybody in. With `enable` and `mandatory`,
       * `tls.disconnect_on_failure` has no meaning. Default: "optional".
       */
      readonly certificate_policy?: 'disable' | 'enable' | 'optional' | 'mandatory'
      /** Backends that may judge logins on this port. Default: all of `auth.methods`. */
      readonly allowed_auth_methods?: readonly string[]
      /**
       * Rules that find the JID in a certificate on this port; these and no others. Default: `auth.sasl_external`,
       * with the rules that have no name.
       */
      readonly sasl_external?: readonly string[]
      /** Whose certificates are let in at all, by the subject. `deny` is asked first. */
      readonly trusted_subjects?: {
        /** The subject must match one of these. Default: every subject. */
        readonly allow?: readonly string[]
        /** The subject must match none of these. Default: none. */
        readonly deny?: readonly string[]
      }
      /**
       * Whose certificates are let in at all, by who issued them; among the CAs of `tls.cacertfile`. `deny` is asked
       * first.
       */
      readonly trusted_issuers?: {
        /** The direct issuer must match one of these. Default: every issuer. */
        readonly allow?: readonly string[]
        /** Neither the issuer nor any CA above it may match one of these. Default: none. */
        readonly deny?: readonly string[]
      }
      /**
       * Connections begin with a PROXY header (version 1 or 2), before any TLS; only `trusted_proxies` can connect
       * then. Default: false.
       */
      readonly proxy_protocol?: boolean
      /**
       * Addresses of proxies whose word is taken for who their clients are. Whoever connects from one of them can be
       * anyone. Default: none.
       */
      readonly trusted_proxies?: readonly string[]
      /** Clients whose TLS ends at a proxy: how their certificates arrive. They are validated here again. */
      readonly forwarded_certificate?: {
        /**
         * In which words: headers as RFC 9440, nginx, HAProxy, Envoy, Traefik or Apache write them, `plain` for PEM
         * or base64 in a header of any name, `proxy_v2` for the PROXY protocol itself. Default: none; it must be
         * given.
         */
        readonly dialect?: 'rfc9440' | 'nginx' | 'haproxy' | 'envoy' | 'traefik' | 'apache' | 'plain' | 'proxy_v2'
        /** The header that holds the certificate. Default: the dialect's own; `plain` has none. */
        readonly header?: string
        /** The header that holds the client's further certificates. Default: the dialect's own. */
        readonly chain_header?: string
        /** The header with the proxy's own verdict. Default: the dialect's own; `plain` has none. */
        readonly verify_header?: string
        /**
         * CAs (PEM) whose client certificates are believed; needed with `verify_mode = "peer"`. Default: that of
         * `tls`.
         */
        readonly cacertfile?: string
        /**
         * `peer` takes certificates from a CA of `cacertfile`; `selfsigned_peer` takes self-signed ones too
         * (development only). Default: "peer".
         */
        readonly verify_mode?: 'peer' | 'selfsigned_peer'
        /** Refuse clients whose certificate is missing or bad; `false` only withholds SASL EXTERNAL. Default: true. */
        readonly disconnect_on_failure?: boolean
      }
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
    /** A port for XMPP over WebSocket and BOSH, and for what is served beside them, over HTTPS (HTTP/1.1). */
    readonly http?: readonly {
      /** TCP port; 0 takes any free port. Default: 5285. */
      readonly port?: number
      /** Address to listen on. Default: "0.0.0.0", or "::" with `ip_version = 6`. */
      readonly ip_address?: string
      /** Family of the default address. Default: that of `ip_address`, else 4. */
      readonly ip_version?: 4 | 6
      /** Transport protocol. Default: "tcp". */
      readonly proto?: 'tcp'
      /**
       * Connections the system may queue before they are accepted. It can only change at a restart. A whole number
       * from 1 to 65535 (connections). Default: 1024.
       */
      readonly backlog?: number
      /**
       * Let several processes listen on the same port (SO_REUSEPORT). It counts when the port is opened. Default:
       * false.
       */
      readonly reuse_port?: boolean
      /** Connections of the port. */
      readonly transport?: {
        /** Connections open at one time. A whole number from 1 to 1000000 (connections). Default: 1024. */
        readonly max_connections?: number | 'infinity'
      }
      /** HTTP itself. */
      readonly protocol?: Readonly<Record<string, never>>
      /**
       * Connections open at one time from one address (IPv6: from one /64). A whole number from 1 to 1000000
       * (connections). Default: 256.
       */
      readonly max_connections_per_address?: number | 'infinity'
      /**
       * TLS handshakes at work at one time; one address gets a quarter of them. Further connections wait, fairly by
       * address. A whole number from 1 to 65536 (handshakes). Default: 64.
       */
      readonly max_handshakes?: number
      /**
       * Connections that wait for their handshake at one time. Further ones are closed at once, those of the
       * greediest address first. A whole number from 1 to 65536 (connections). Default: 1024.
       */
      readonly max_handshakes_waiting?: number
      /**
       * Limit of everything before the session, handshake included. A whole number from 100 to 3600000
       * (milliseconds). Default: 60000.
       */
      readonly login_timeout?: number
      /** Failed logins after which the stream is closed. A whole number from 1 to 10 (attempts). Default: 3. */
      readonly max_login_attempts?: number
      /**
       * What certificates mean for logins: `disable` does not look at them; with `enable` a presented one decides,
       * and clients without one use passwords; with `optional` EXTERNAL stands beside the other mechanisms; with
       * `mandatory` only an acceptable certificate lets anybody in. With `enable` and `mandatory`,
       * `tls.disconnect_on_failure` has no meaning. Default: "optional".
       */
      readonly certificate_policy?: 'disable' | 'enable' | 'optional' | 'mandatory'
      /** Backends that may judge logins on this port. Default: all of `auth.methods`. */
      readonly allowed_auth_methods?: readonly string[]
      /**
       * Rules that find the JID in a certificate on this port; these and no others. Default: `auth.sasl_external`,
       * with the rules that have no name.
       */
      readonly sasl_external?: readonly string[]
      /** Whose certificates are let in at all, by the subject. `deny` is asked first. */
      readonly trusted_subjects?: {
        /** The subject must match one of these. Default: every subject. */
        readonly allow?: readonly string[]
        /** The subject must match none of these. Default: none. */
        readonly deny?: readonly string[]
      }
      /**
       * Whose certificates are let in at all, by who issued them; among the CAs of `tls.cacertfile`. `deny` is asked
       * first.
       */
      readonly trusted_issuers?: {
        /** The direct issuer must match one of these. Default: every issuer. */
        readonly allow?: readonly string[]
        /** Neither the issuer nor any CA above it may match one of these. Default: none. */
        readonly deny?: readonly string[]
      }
      /**
       * Connections begin with a PROXY header (version 1 or 2), before any TLS; only `trusted_proxies` can connect
       * then. Default: false.
       */
      readonly proxy_protocol?: boolean
      /**
       * Addresses of proxies whose word is taken for who their clients are. Whoever connects from one of them can be
       * anyone. Default: none.
       */
      readonly trusted_proxies?: readonly string[]
      /** Clients whose TLS ends at a proxy: how their certificates arrive. They are validated here again. */
      readonly forwarded_certificate?: {
        /**
         * In which words: headers as RFC 9440, nginx, HAProxy, Envoy, Traefik or Apache write them, `plain` for PEM
         * or base64 in a header of any name, `proxy_v2` for the PROXY protocol itself. Default: none; it must be
         * given.
         */
        readonly dialect?: 'rfc9440' | 'nginx' | 'haproxy' | 'envoy' | 'traefik' | 'apache' | 'plain' | 'proxy_v2'
        /** The header that holds the certificate. Default: the dialect's own; `plain` has none. */
        readonly header?: string
        /** The header that holds the client's further certificates. Default: the dialect's own. */
        readonly chain_header?: string
        /** The header with the proxy's own verdict. Default: the dialect's own; `plain` has none. */
        readonly verify_header?: string
        /**
         * CAs (PEM) whose client certificates are believed; needed with `verify_mode = "peer"`. Default: that of
         * `tls`.
         */
        readonly cacertfile?: string
        /**
         * `peer` takes certificates from a CA of `cacertfile`; `selfsigned_peer` takes self-signed ones too
         * (development only). Default: "peer".
         */
        readonly verify_mode?: 'peer' | 'selfsigned_peer'
        /** Refuse clients whose certificate is missing or bad; `false` only withholds SASL EXTERNAL. Default: true. */
        readonly disconnect_on_failure?: boolean
      }
      /**
       * The header in which trusted proxies tell their client's address; `forwarded` (RFC 7239) tells the scheme as
       * well, beside the other stands X-Forwarded-Proto. Default: "x-forwarded-for".
       */
      readonly forwarded_address?: 'x-forwarded-for' | 'forwarded'
      /** TLS of one listener: its certificate, and what it asks of the certificates of clients. */
      readonly tls?: {
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
      /** What answers below which path. */
      readonly handlers?: {
        /** XMPP over WebSocket (RFC 7395). */
        readonly mongoose_websocket_handler?: readonly {
          /** The host that clients ask for; `"_"` is any. Default: "_". */
          readonly host?: string
          /** The path that is answered, compared exactly; a slash at its end counts for nothing. Default: "/ws-xmpp". */
          readonly path?: string
          /**
           * A connection is closed when nothing has come from the client for so long; an answered ping counts. A
           * whole number from 1000 to 86400000 (milliseconds). Default: 60000.
           */
          readonly timeout?: number | 'infinity'
          /**
           * How often clients are pinged (RFC 6455 §5.5.2). A whole number from 1000 to 3600000 (milliseconds).
           * Default: 45000.
           */
          readonly ping_rate?: number
          /**
           * A connection is closed when nothing has come from the client for so long after a ping. A whole number
           * from 1000 to 600000 (milliseconds). Default: 15000.
           */
          readonly pong_timeout?: number
          /**
           * Web pages that may connect, beside those of the host that the client asks for. A browser shows its
           * certificate to whichever page wants to connect, so any page let in can log in as its visitor. Clients
           * that are no browsers send no `Origin` and are not asked for one. Default: none.
           */
          readonly origins?: readonly string[]
          /** Where clients are told to go when the server shuts down (RFC 7395 §3.6.1). */
          readonly see_other_uri?: string
          /** Largest stanza that is taken. A whole number from 10000 to 4194304 (bytes). Default: 262144. */
          readonly max_stanza_size?: number | 'infinity'
          /** Limit of each step before the session. A whole number from 100 to 600000 (milliseconds). Default: 5000. */
          readonly state_timeout?: number | 'infinity'
          /** Offer the session step of RFC 3921 to old clients. Default: true. */
          readonly backwards_compatible_session?: boolean
        }[]
        /** XMPP over BOSH (XEP-0124, XEP-0206). */
        readonly mongoose_bosh_handler?: readonly {
          /** The host that clients ask for; `"_"` is any. Default: "_". */
          readonly host?: string
          /**
           * The path that is answered, compared exactly; a slash at its end counts for nothing. Default:
           * "/http-bind".
           */
          readonly path?: string
          /**
           * Web pages that may connect, beside those of the host that the client asks for. A browser shows its
           * certificate to whichever page wants to connect, so any page let in can log in as its visitor. Clients
           * that are no browsers send no `Origin` and are not asked for one. Default: none.
           */
          readonly origins?: readonly string[]
          /** Where clients are sent instead of getting a session here (XEP-0124 §17.2). */
          readonly see_other_uri?: string
          /** Sessions at one time. A whole number from 1 to 1000000 (sessions). Default: 10000. */
          readonly max_sessions?: number | 'infinity'
          /**
           * Sessions at one time that were begun from one address (IPv6: from one /64). A whole number from 1 to
           * 1000000 (sessions). Default: 256.
           */
          readonly max_sessions_per_address?: number | 'infinity'
          /** Largest stanza that is taken. A whole number from 10000 to 4194304 (bytes). Default: 262144. */
          readonly max_stanza_size?: number | 'infinity'
          /** Limit of each step before the session. A whole number from 100 to 600000 (milliseconds). Default: 5000. */
          readonly state_timeout?: number | 'infinity'
          /** Offer the session step of RFC 3921 to old clients. Default: true. */
          readonly backwards_compatible_session?: boolean
        }[]
        /** Whether the server is up, for load balancers. */
        readonly signet_health_handler?: readonly {
          /** The host that clients ask for; `"_"` is any. Default: "_". */
          readonly host?: string
          /** The path that is answered, compared exactly; a slash at its end counts for nothing. Default: "/health". */
          readonly path?: string
        }[]
        /** Counters in the text format of Prometheus. */
        readonly signet_metrics_handler?: readonly {
          /** The host that clients ask for; `"_"` is any. Default: "_". */
          readonly host?: string
          /** The path that is answered, compared exactly; a slash at its end counts for nothing. Default: "/metrics". */
          readonly path?: string
          /**
           * Addresses that may read the metrics; everybody else is told no. Default: this machine; with
           * `bearer_token`, any address.
           */
          readonly allowed_addresses?: readonly string[]
          /**
           * A token that whoever reads the metrics must show as well (`Authorization: Bearer …`). Default: none is
           * asked for.
           */
          readonly bearer_token?: string
        }[]
        /** Where WebSocket and BOSH are found (XEP-0156), as XML, and below `.json` as JSON. */
        readonly signet_host_meta_handler?: readonly {
          /** The host that clients ask for; `"_"` is any. Default: "_". */
          readonly host?: string
          /**
           * The path that is answered, compared exactly; a slash at its end counts for nothing. Default:
           * "/.well-known/host-meta".
           */
          readonly path?: string
          /**
           * Where clients reach this listener, when a proxy in front of it has another name, port or path. Default:
           * the host and port that the client asked.
           */
          readonly public_url?: string
        }[]
        /** A small chat page that logs in with the certificate of the browser, and its files. */
        readonly signet_chat_handler?: readonly {
          /** The host that clients ask for; `"_"` is any. Default: "_". */
          readonly host?: string
          /** The path that is answered, compared exactly; a slash at its end counts for nothing. Default: "/". */
          readonly path?: string
          /**
           * What the page tells people whose browser sent no certificate about where they get one. Default: nothing
           * is said.
           */
          readonly certificate_help?: string
        }[]
      }
    }[]
  }
  /** What runs behind the ports. */
  readonly services?: {
    /** BOSH sessions, on whatever port they come in. */
    readonly service_bosh?: {
      /**
       * A session is ended when the client has had no request open for so long. A whole number from 5 to 3600
       * (seconds). Default: 30.
       */
      readonly inactivity?: number | 'infinity'
      /**
       * Longest time that a request is kept waiting for something to say. A whole number from 1 to 600 (seconds).
       * Default: 60.
       */
      readonly max_wait?: number | 'infinity'
      /** Tell clients which of their requests have come. Default: false. */
      readonly server_acks?: boolean
      /**
       * Longest time for which a client may announce its silence. A whole number from 1 to 3600 (seconds). Default:
       * 120.
       */
      readonly max_pause?: number
    }
  }
  /** Who may log in, and how a certificate becomes an account. */
  readonly auth?: {
    /**
     * Backends that are asked whether the account exists, in this order. Default: every method with a section of its
     * own, else `["pki"]`.
     */
    readonly methods?: readonly string[]
    /**
     * SASL mechanisms, offered in this order. Default: `["external"]`, and behind it all others, as listed, that
     * some method of `methods` judges.
     */
    readonly sasl_mechanisms?: readonly ('scram_sha512_plus' | 'scram_sha512' | 'scram_sha384_plus' | 'scram_sha384' | 'scram_sha256_plus' | 'scram_sha256' | 'scram_sha224_plus' | 'scram_sha224' | 'scram_sha1_plus' | 'scram_sha1' | 'plain' | 'external')[]
    /**
     * Rules that find the JID in a certificate, tried in this order: `standard` reads xmppAddr, `common_name` the
     * CN, `auth_id` takes the JID the client asks for, `by_backend` leaves it to the backend, `rule:NAME` is one of
     * `[[auth.sasl_external_rules]]`. Those of them that have no name follow, in the order of the file. Default:
     * ["standard"].
     */
    readonly sasl_external?: readonly string[]
    /** What rule `common_name` puts around the CN to make it a localpart. */
    readonly sasl_external_common_name?: {
      /** Text put before the CN. Default: "". */
      readonly prefix?: string
      /** Text put after the CN. Default: "". */
      readonly suffix?: string
    }
    /**
     * An identity rule of your own: reads one kind of value in the certificate, matches it, and makes a JID of it. A
     * value that does not match leaves the word to the next rule; one that makes no JID, or one of another domain,
     * is refused.
     */
    readonly sasl_external_rules?: readonly {
      /**
       * Name by which `sasl_external` lists the rule, as `"rule:NAME"`. Default: none: the rule is tried behind
       * those that `auth.sasl_external` lists.
       */
      readonly name?: string
      /**
       * What is read. An OID is an attribute of the subject; `email` reads rfc822Name and emailAddress. Default:
       * none: it must be given.
       */
      readonly source?: string
      /** Which values are meant: the whole value must match. Groups capture parts for `jid`. Default: every value. */
      readonly match?: string
      /** The rule is only for certificates whose issuer matches one of these patterns. Default: every issuer. */
      readonly issuer?: readonly string[]
      /** The rule is only for certificates whose subject matches one of these patterns. Default: every subject. */
      readonly subject?: readonly string[]
      /**
       * The JID: $0 is the value, $1 or ${1} a group, ${name} a named group, ${domain} the domain the client
       * connects to. Default: "$0@${domain}".
       */
      readonly jid?: string
      /**
       * What becomes of the letters of a value before it is matched. Localparts are lower-case in any case. Default:
       * "keep".
       */
      readonly case?: 'keep' | 'lower' | 'upper'
    }[]
    /** Whose certificates are let in at all, by the subject. `deny` is asked first. */
    readonly trusted_subjects?: {
      /** The subject must match one of these. Default: every subject. */
      readonly allow?: readonly string[]
      /** The subject must match none of these. Default: none. */
      readonly deny?: readonly string[]
    }
    /**
     * Whose certificates are let in at all, by who issued them; among the CAs of `tls.cacertfile`. `deny` is asked
     * first.
     */
    readonly trusted_issuers?: {
      /** The direct issuer must match one of these. Default: every issuer. */
      readonly allow?: readonly string[]
      /** Neither the issuer nor any CA above it may match one of these. Default: none. */
      readonly deny?: readonly string[]
    }
    /** How passwords are stored. */
    readonly password?: {
      /**
       * `scram` stores what SCRAM needs and no password; `plain` stores passwords in clear, which is to be avoided.
       * Default: "scram".
       */
      readonly format?: 'scram' | 'plain'
      /** Hashes that new passwords are stored with, and whose SCRAM mechanisms are offered. Default: all of them. */
      readonly hash?: readonly ('sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512')[]
      /**
       * Rounds of work in each new password: more makes guessing from a stolen table slower, and every login on a
       * phone. A whole number from 4096 to 1000000 (iterations). Default: 10000.
       */
      readonly scram_iterations?: number
    }
    /** Backend `http`: asks an HTTP service, through `[outgoing_pools.http.auth]`. */
    readonly http?: {
      /** What the service speaks: the protocol of MongooseIM, or one signed question in JSON. Default: "mongooseim". */
      readonly api?: 'mongooseim' | 'json'
      /**
       * What the service judges: certificates, passwords (PLAIN), or SCRAM by the secrets that it hands out.
       * Default: `["certificate", "password"]`, and `"scram"` with `auth.password.format = "scram"`; with `api =
       * "json"` `["certificate"]`.
       */
      readonly evidence?: readonly ('certificate' | 'password' | 'scram')[]
      /** Who we are to the service: sent with every request by HTTP Basic authentication. */
      readonly basic_auth?: string
      /** With `api = "json"`: where questions are sent to. */
      readonly url?: string
      /** With `api = "json"`: file with the secret that questions are signed with; at least 32 characters. */
      readonly secret_file?: string
      /** With `api = "json"`: send the whole certificate along with its facts. Default: false. */
      readonly send_certificate?: boolean
    }
    /**
     * Backend `ldap`: accounts are entries of a directory, asked through `[outgoing_pools.ldap.TAG]`. See
     * [backends/ldap.md](backends/ldap.md).
     */
    readonly ldap?: {
      /** Pool that searches. Default: "default". */
      readonly pool_tag?: string
      /** Pool that tries passwords; without it the backend judges certificates only. Default: "bind". */
      readonly bind_pool_tag?: string
      /** DN of the entry below which everybody is. Default: none: it must be given. */
      readonly base?: string
      /** Where accounts have their names. */
      readonly uids?: readonly {
        /** Attribute that holds the name of the account. */
        readonly attr?: string
        /** What the attribute holds, with `%u` for the localpart and `%d` for the domain. Default: "%u". */
        readonly format?: string
      }[]
      /** What entries must match besides, with `%u` and `%d`. */
      readonly filter?: string
      /** A second search that must find something, or the account is refused. */
      readonly dn_filter?: {
        /**
         * Filter with `%u`, `%d`, `%D` for the DN of the entry, and `%s` for the values of `attributes`, one after
         * the other. Default: none: it must be given.
         */
        readonly filter?: string
        /** Attributes of the entry whose first values the `%s` of `filter` stand for, in turn. Default: `[]`. */
        readonly attributes?: readonly string[]
      }
      /** What an attribute of the entry must hold, or the account is refused. */
      readonly local_filter?: {
        /**
         * Whether the values of the attribute must be exactly those listed, in any order, or must not. Default:
         * none: it must be given.
         */
        readonly operation?: 'equal' | 'notequal'
        /** Attribute that is compared. */
        readonly attribute?: string
        /** Values that it is compared with, letter by letter. Default: none: it must be given. */
        readonly values?: readonly string[]
      }
      /** When aliases are followed. Default: "never". */
      readonly deref?: 'never' | 'always' | 'finding' | 'searching'
      /**
       * Finds the entry by the certificate instead of by `uids`, with `%u`, `%d` and `%{xmpp_addr}`, `%{cn}`,
       * `%{email}`, `%{upn}`, `%{dns}`, `%{uri}`, `%{srv_name}`, `%{uid}`, `%{subject}`, `%{serial}`, `%{sha256}`,
       * `%{issuer}`.
       */
      readonly certificate_filter?: string
      /** Attribute with the JIDs of the entry, or its localparts; one must be that of the login. */
      readonly jid_attribute?: string
      /** With `exact` the entry must hold the very certificate that was presented. Default: "none". */
      readonly certificate_match?: 'none' | 'exact'
      /** Attribute with the certificates for `certificate_match`. Default: "userCertificate;binary". */
      readonly certificate_attribute?: string
      /** What the entry must match, or the account is disabled; with `%u` and `%d`. */
      readonly enabled_filter?: string
      /**
       * What to make of an answer that refers to further servers: take it for no answer, or go by what is there.
       * Default: "refuse".
       */
      readonly references?: 'refuse' | 'ignore'
    }
    /** Backend `pki`: every JID that an identity rule found in a certificate is an account. No options. */
    readonly pki?: Readonly<Record<string, never>>
    /**
     * Backend `rdbms`: passwords in MongooseIM's table `users`, through `[outgoing_pools.rdbms.default]`. No
     * options.
     */
    readonly rdbms?: Readonly<Record<string, never>>
  }
  /**
   * What is different for one host. A section here takes the place of the global one as a whole: nothing of that is
   * inherited.
   */
  readonly host_config?: readonly {
    /** The domain this is about; one of `general.hosts`. Default: none: it must be given. */
    readonly host?: string
    /**
     * What certificates mean for logins to this host, instead of what the listener says. Default:
     * `certificate_policy` of the listener.
     */
    readonly certificate_policy?: 'disable' | 'enable' | 'optional' | 'mandatory'
    /** Who may log in, and how a certificate becomes an account. */
    readonly auth?: {
      /**
       * Backends that are asked whether the account exists, in this order. Default: every method with a section of
       * its own, else `["pki"]`.
       */
      readonly methods?: readonly string[]
      /**
       * SASL mechanisms, offered in this order. Default: `["external"]`, and behind it all others, as listed, that
       * some method of `methods` judges.
       */
      readonly sasl_mechanisms?: readonly ('scram_sha512_plus' | 'scram_sha512' | 'scram_sha384_plus' | 'scram_sha384' | 'scram_sha256_plus' | 'scram_sha256' | 'scram_sha224_plus' | 'scram_sha224' | 'scram_sha1_plus' | 'scram_sha1' | 'plain' | 'external')[]
      /**
       * Rules that find the JID in a certificate, tried in this order: `standard` reads xmppAddr, `common_name` the
       * CN, `auth_id` takes the JID the client asks for, `by_backend` leaves it to the backend, `rule:NAME` is one
       * of `[[auth.sasl_external_rules]]`. Those of them that have no name follow, in the order of the file.
       * Default: ["standard"].
       */
      readonly sasl_external?: readonly string[]
      /** What rule `common_name` puts around the CN to make it a localpart. */
      readonly sasl_external_common_name?: {
        /** Text put before the CN. Default: "". */
        readonly prefix?: string
        /** Text put after the CN. Default: "". */
        readonly suffix?: string
      }
      /**
       * An identity rule of your own: reads one kind of value in the certificate, matches it, and makes a JID of it.
       * A value that does not match leaves the word to the next rule; one that makes no JID, or one of another
       * domain, is refused.
       */
      readonly sasl_external_rules?: readonly {
        /**
         * Name by which `sasl_external` lists the rule, as `"rule:NAME"`. Default: none: the rule is tried behind
         * those that `auth.sasl_external` lists.
         */
        readonly name?: string
        /**
         * What is read. An OID is an attribute of the subject; `email` reads rfc822Name and emailAddress. Default:
         * none: it must be given.
         */
        readonly source?: string
        /** Which values are meant: the whole value must match. Groups capture parts for `jid`. Default: every value. */
        readonly match?: string
        /** The rule is only for certificates whose issuer matches one of these patterns. Default: every issuer. */
        readonly issuer?: readonly string[]
        /** The rule is only for certificates whose subject matches one of these patterns. Default: every subject. */
        readonly subject?: readonly string[]
        /**
         * The JID: $0 is the value, $1 or ${1} a group, ${name} a named group, ${domain} the domain the client
         * connects to. Default: "$0@${domain}".
         */
        readonly jid?: string
        /**
         * What becomes of the letters of a value before it is matched. Localparts are lower-case in any case.
         * Default: "keep".
         */
        readonly case?: 'keep' | 'lower' | 'upper'
      }[]
      /** Whose certificates are let in at all, by the subject. `deny` is asked first. */
      readonly trusted_subjects?: {
        /** The subject must match one of these. Default: every subject. */
        readonly allow?: readonly string[]
        /** The subject must match none of these. Default: none. */
        readonly deny?: readonly string[]
      }
      /**
       * Whose certificates are let in at all, by who issued them; among the CAs of `tls.cacertfile`. `deny` is asked
       * first.
       */
      readonly trusted_issuers?: {
        /** The direct issuer must match one of these. Default: every issuer. */
        readonly allow?: readonly string[]
        /** Neither the issuer nor any CA above it may match one of these. Default: none. */
        readonly deny?: readonly string[]
      }
      /** How passwords are stored. */
      readonly password?: {
        /**
         * `scram` stores what SCRAM needs and no password; `plain` stores passwords in clear, which is to be
         * avoided. Default: "scram".
         */
        readonly format?: 'scram' | 'plain'
        /** Hashes that new passwords are stored with, and whose SCRAM mechanisms are offered. Default: all of them. */
        readonly hash?: readonly ('sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512')[]
        /**
         * Rounds of work in each new password: more makes guessing from a stolen table slower, and every login on a
         * phone. A whole number from 4096 to 1000000 (iterations). Default: 10000.
         */
        readonly scram_iterations?: number
      }
      /** Backend `http`: asks an HTTP service, through `[outgoing_pools.http.auth]`. */
      readonly http?: {
        /**
         * What the service speaks: the protocol of MongooseIM, or one signed question in JSON. Default:
         * "mongooseim".
         */
        readonly api?: 'mongooseim' | 'json'
        /**
         * What the service judges: certificates, passwords (PLAIN), or SCRAM by the secrets that it hands out.
         * Default: `["certificate", "password"]`, and `"scram"` with `auth.password.format = "scram"`; with `api =
         * "json"` `["certificate"]`.
         */
        readonly evidence?: readonly ('certificate' | 'password' | 'scram')[]
        /** Who we are to the service: sent with every request by HTTP Basic authentication. */
        readonly basic_auth?: string
        /** With `api = "json"`: where questions are sent to. */
        readonly url?: string
        /** With `api = "json"`: file with the secret that questions are signed with; at least 32 characters. */
        readonly secret_file?: string
        /** With `api = "json"`: send the whole certificate along with its facts. Default: false. */
        readonly send_certificate?: boolean
      }
      /**
       * Backend `ldap`: accounts are entries of a directory, asked through `[outgoing_pools.ldap.TAG]`. See
       * [backends/ldap.md](backends/ldap.md).
       */
      readonly ldap?: {
        /** Pool that searches. Default: "default". */
        readonly pool_tag?: string
        /** Pool that tries passwords; without it the backend judges certificates only. Default: "bind". */
        readonly bind_pool_tag?: string
        /** DN of the entry below which everybody is. Default: none: it must be given. */
        readonly base?: string
        /** Where accounts have their names. */
        readonly uids?: readonly {
          /** Attribute that holds the name of the account. */
          readonly attr?: string
          /** What the attribute holds, with `%u` for the localpart and `%d` for the domain. Default: "%u". */
          readonly format?: string
        }[]
        /** What entries must match besides, with `%u` and `%d`. */
        readonly filter?: string
        /** A second search that must find something, or the account is refused. */
        readonly dn_filter?: {
          /**
           * Filter with `%u`, `%d`, `%D` for the DN of the entry, and `%s` for the values of `attributes`, one after
           * the other. Default: none: it must be given.
           */
          readonly filter?: string
          /** Attributes of the entry whose first values the `%s` of `filter` stand for, in turn. Default: `[]`. */
          readonly attributes?: readonly string[]
        }
        /** What an attribute of the entry must hold, or the account is refused. */
        readonly local_filter?: {
          /**
           * Whether the values of the attribute must be exactly those listed, in any order, or must not. Default:
           * none: it must be given.
           */
          readonly operation?: 'equal' | 'notequal'
          /** Attribute that is compared. */
          readonly attribute?: string
          /** Values that it is compared with, letter by letter. Default: none: it must be given. */
          readonly values?: readonly string[]
        }
        /** When aliases are followed. Default: "never". */
        readonly deref?: 'never' | 'always' | 'finding' | 'searching'
        /**
         * Finds the entry by the certificate instead of by `uids`, with `%u`, `%d` and `%{xmpp_addr}`, `%{cn}`,
         * `%{email}`, `%{upn}`, `%{dns}`, `%{uri}`, `%{srv_name}`, `%{uid}`, `%{subject}`, `%{serial}`, `%{sha256}`,
         * `%{issuer}`.
         */
        readonly certificate_filter?: string
        /** Attribute with the JIDs of the entry, or its localparts; one must be that of the login. */
        readonly jid_attribute?: string
        /** With `exact` the entry must hold the very certificate that was presented. Default: "none". */
        readonly certificate_match?: 'none' | 'exact'
        /** Attribute with the certificates for `certificate_match`. Default: "userCertificate;binary". */
        readonly certificate_attribute?: string
        /** What the entry must match, or the account is disabled; with `%u` and `%d`. */
        readonly enabled_filter?: string
        /**
         * What to make of an answer that refers to further servers: take it for no answer, or go by what is there.
         * Default: "refuse".
         */
        readonly references?: 'refuse' | 'ignore'
      }
      /** Backend `pki`: every JID that an identity rule found in a certificate is an account. No options. */
      readonly pki?: Readonly<Record<string, never>>
      /**
       * Backend `rdbms`: passwords in MongooseIM's table `users`, through `[outgoing_pools.rdbms.default]`. No
       * options.
       */
      readonly rdbms?: Readonly<Record<string, never>>
    }
  }[]
  /** Connections to the services that backends ask. */
  readonly outgoing_pools?: {
    /** Pools of HTTP connections. */
    readonly http?: {
      /** Connections to the service that judges logins. */
      readonly auth?: {
        /** Connections at most. A whole number from 1 to 100 (connections). Default: 10. */
        readonly workers?: number
        /**
         * Limit of one question: waiting for a connection, and further tries after a lost one, included. A whole
         * number from 50 to 60000 (milliseconds). Default: 5000.
         */
        readonly call_timeout?: number
        /** Where the service is. */
        readonly connection?: {
          /** The service; not needed where every `[auth.http]` has a `url`. */
          readonly host?: string
          /** What stands between the host and the name of a method. Default: "/". */
          readonly path_prefix?: string
          /** Limit of one request. A whole number from 50 to 60000 (milliseconds). Default: 2000. */
          readonly request_timeout?: number
          /** TLS to the service; the section being there turns it on, and there is no way back to clear text. */
          readonly tls?: {
            /**
             * `peer` wants a certificate of the service that is valid for its name; `none` believes anybody.
             * Default: "peer".
             */
            readonly verify_mode?: 'peer' | 'none'
            /** CAs (PEM) that the service is believed by. Default: Node's own list of public CAs. */
            readonly cacertfile?: string
            /** Our certificate (PEM) for the service; may hold the private key as well. */
            readonly certfile?: string
            /** Private key of our certificate (PEM). Default: the same file as `certfile`. */
            readonly keyfile?: string
            /** Password of an encrypted private key. */
            readonly password?: string
            /** TLS versions that may be used. Default: ["tlsv1.2", "tlsv1.3"]. */
            readonly versions?: readonly ('tlsv1.2' | 'tlsv1.3')[]
            /** The name that the service is asked for by. */
            readonly server_name_indication?: {
              /** Ask for the service by its name (SNI). Default: true. */
              readonly enabled?: boolean
              /** The name, where it is not the host’s own; the certificate of the service must be for it. */
              readonly host?: string
            }
          }
        }
      }
    }
    /** Connections to a directory, under the name that `pool_tag` or `bind_pool_tag` of `[auth.ldap]` has for them. */
    readonly ldap?: Readonly<Record<string, {
      /** Connections at most. A whole number from 1 to 100 (connections). Default: 10. */
      readonly workers?: number
      /**
       * Longest wait for one answer of the directory, connecting included. A whole number from 100 to 60000
       * (milliseconds). Default: 5000.
       */
      readonly call_timeout?: number
      /** Where the directory is, and who we are to it. */
      readonly connection?: {
        /** Servers with the same content, each tried when those before it fail. Default: `["localhost"]`. */
        readonly servers?: readonly string[]
        /**
         * TCP port of the servers; 0 stands for the usual one, 389, or 636 with a `tls` section and no `starttls`.
         * Default: 0.
         */
        readonly port?: number
        /** DN that searches are made as. Default: nobody: searches are anonymous. */
        readonly root_dn?: string
        /** Password of `root_dn`. */
        readonly password?: string
        /**
         * Searches are made as whom the directory takes `tls.certfile` for (SASL EXTERNAL), instead of `root_dn`.
         * Default: false.
         */
        readonly sasl_external?: boolean
        /**
         * How long a server that failed is tried only after all others. A whole number from 100 to 600000
         * (milliseconds). Default: 10000.
         */
        readonly connect_interval?: number
        /**
         * TLS is asked for on the port for clear text (StartTLS); without it a `tls` section means LDAPS. Default:
         * false.
         */
        readonly starttls?: boolean
        /** TLS to the service; the section being there turns it on, and there is no way back to clear text. */
        readonly tls?: {
          /**
           * `peer` wants a certificate of the service that is valid for its name; `none` believes anybody. Default:
           * "peer".
           */
          readonly verify_mode?: 'peer' | 'none'
          /** CAs (PEM) that the service is believed by. Default: Node's own list of public CAs. */
          readonly cacertfile?: string
          /** Our certificate (PEM) for the service; may hold the private key as well. */
          readonly certfile?: string
          /** Private key of our certificate (PEM). Default: the same file as `certfile`. */
          readonly keyfile?: string
          /** Password of an encrypted private key. */
          readonly password?: string
          /** TLS versions that may be used. Default: ["tlsv1.2", "tlsv1.3"]. */
          readonly versions?: readonly ('tlsv1.2' | 'tlsv1.3')[]
          /** The name that the service is asked for by. */
          readonly server_name_indication?: {
            /** Ask for the service by its name (SNI). Default: true. */
            readonly enabled?: boolean
            /** The name, where it is not the host’s own; the certificate of the service must be for it. */
            readonly host?: string
          }
        }
      }
    }>>
    /** Pools of database connections. */
    readonly rdbms?: {
      /** Connections to the database that holds the accounts. */
      readonly default?: {
        /** Connections at most. A whole number from 1 to 100 (connections). Default: 10. */
        readonly workers?: number
        /** Longest wait for a free connection. A whole number from 100 to 60000 (milliseconds). Default: 5000. */
        readonly call_timeout?: number
        /** Where the database is. */
        readonly connection: {
          /** Kind of database: PostgreSQL, MySQL or MariaDB, or one SQLite file. Default: none: it must be given. */
          readonly driver?: 'pgsql' | 'mysql' | 'sqlite'
          /** Host of the database server. */
          readonly host?: string
          /** TCP port of the database server; 0 stands for the usual one, 5432 or 3306. Default: 0. */
          readonly port?: number
          /** Name of the database; with `driver = "sqlite"` the name of its file. */
          readonly database?: string
          /** Who we are to the database. */
          readonly username?: string
          /** Our password there. */
          readonly password?: string
          /** Limit of one statement. A whole number from 100 to 60000 (milliseconds). Default: 5000. */
          readonly query_timeout?: number
          /**
           * Time between probes of idle connections; 0 leaves them to TCP. A whole number from 0 to 86400 (seconds).
           * Default: 0.
           */
          readonly keepalive_interval?: number
          /** TLS to the service; the section being there turns it on, and there is no way back to clear text. */
          readonly tls?: {
            /**
             * `peer` wants a certificate of the service that is valid for its name; `none` believes anybody.
             * Default: "peer".
             */
            readonly verify_mode?: 'peer' | 'none'
            /** CAs (PEM) that the service is believed by. Default: Node's own list of public CAs. */
            readonly cacertfile?: string
            /** Our certificate (PEM) for the service; may hold the private key as well. */
            readonly certfile?: string
            /** Private key of our certificate (PEM). Default: the same file as `certfile`. */
            readonly keyfile?: string
            /** Password of an encrypted private key. */
            readonly password?: string
            /** TLS versions that may be used. Default: ["tlsv1.2", "tlsv1.3"]. */
            readonly versions?: readonly ('tlsv1.2' | 'tlsv1.3')[]
            /** The name that the service is asked for by. */
            readonly server_name_indication?: {
              /** Ask for the service by its name (SNI). Default: true. */
              readonly enabled?: boolean
              /** The name, where it is not the host’s own; the certificate of the service must be for it. */
              readonly host?: string
            }
          }
        }
      }
    }
  }
  /**
   * What repeated failed logins cost: they slow down, and then lock for a while. A lock holds for attempts that are
   * under way when it is set, and one of an address or an account never keeps a good certificate out. Coming without
   * a certificate is no failure.
   */
  readonly throttle?: {
    /** Whether failures are counted at all. Default: true. */
    readonly enabled?: boolean
    /** How long a failure counts, from the first of them on. A whole number from 1 to 86400 (seconds). Default: 300. */
    readonly window?: number
    /**
     * The wait before the first attempt that is slowed down is judged. A whole number from 1 to 8000 (milliseconds).
     * Default: 250.
     */
    readonly first_delay?: number
    /** The longest wait of an attempt. A whole number from 1 to 8000 (milliseconds). Default: 4000. */
    readonly max_delay?: number
    /** How long a lock lasts. A whole number from 1 to 86400 (seconds). Default: 300. */
    readonly lock_time?: number
    /**
     * Addresses, certificates and accounts that are remembered, of each; the oldest is forgotten first. A whole
     * number from 100 to 10000000 (entries). Default: 10000.
     */
    readonly max_entries?: number
    /** By address of the client (IPv6: by its /64). */
    readonly address?: {
      /**
       * Failed logins of one address that cost nothing; each further one doubles the wait before the next is judged.
       * A whole number from 0 to 1000000 (failures). Default: 20.
       */
      readonly free_failures?: number
      /**
       * Failed logins of one address after which it is locked. A whole number from 1 to 1000000 (failures). Default:
       * 100.
       */
      readonly max_failures?: number
    }
    /** By certificate. */
    readonly certificate?: {
      /**
       * Failed logins of one certificate that cost nothing; each further one doubles the wait before the next is
       * judged. A whole number from 0 to 1000000 (failures). Default: 5.
       */
      readonly free_failures?: number
      /**
       * Failed logins of one certificate after which it is locked. A whole number from 1 to 1000000 (failures).
       * Default: 20.
       */
      readonly max_failures?: number
    }
    /** By account, for logins with a password. */
    readonly account?: {
      /**
       * Failed logins of one account that cost nothing; each further one doubles the wait before the next is judged.
       * A whole number from 0 to 1000000 (failures). Default: 5.
       */
      readonly free_failures?: number
      /**
       * Failed logins of one account after which it is locked. A whole number from 1 to 1000000 (failures). Default:
       * 20.
       */
      readonly max_failures?: number
    }
  }
  /** What a client gets after its login. */
  readonly session?: {
    /** The embedded session host: people on this server chat with each other. */
    readonly local?: {
      /**
       * SQLite file that keeps rosters, offline messages and private XML; made when it is missing. `:memory:` keeps
       * them until the process ends. Default: "signet.sqlite".
       */
      readonly database?: string
    }
  }
}
