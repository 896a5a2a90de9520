/** The log port: event names from one list, fields as data. The implementation is pino's, made in the composition root. */

/** Names of all log events: `area_noun_verb`. */
export type LogEvent =
  | 'signet_ready'
  | 'signet_stopping'
  | 'signet_stopped'
  | 'signet_fault'
  | 'log_lines_lost'
  | 'config_problem_found'
  | 'config_warning_found'
  | 'config_reload_done'
  | 'config_reload_refused'
  | 'listener_ready'
  | 'listener_closed'
  | 'listener_fault'
  | 'connection_opened'
  | 'connection_closed'
  | 'connection_refused'
  | 'http_request_refused'
  | 'tls_handshake_failed'
  | 'tls_certificate_refused'
  | 'tls_secrets_not_kept'
  | 'stream_error_sent'
  | 'stream_error_received'
  | 'websocket_refused'
  | 'bosh_request_refused'
  | 'bosh_session_opened'
  | 'bosh_session_closed'
  | 'login_decision_made'
  | 'login_lock_set'
  | 'session_opened'
  | 'session_closed'
  | 'session_fault'
  | 'store_fault'
  | 'pool_connection_lost'

/** Fields bound to an event. Never a credential. */
export type LogFields = Readonly<Record<string, unknown>>

/** Writes one event. */
export interface Log {
  debug(event: LogEvent, fields?: LogFields): void
  info(event: LogEvent, fields?: LogFields): void
  warn(event: LogEvent, fields?: LogFields): void
  error(event: LogEvent, fields?: LogFields): void
}

/** Swallows everything; for tests and for library users who bring no log. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
