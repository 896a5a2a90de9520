/** `signet-xmpp`: a server started from a program, with backends and a session host of its own if it likes. */

export type { ConfigProblem, ConfigRule } from './config/problem.ts'
export { formatProblem } from './config/problem.ts'
export * from './index-external.ts'
export type { ListenAddress } from './listener/listener.ts'
export { type Log, type LogEvent, type LogFields, silentLog } from './observe/log.ts'
export { createServer, type Server, type ServerConfigSource, type ServerOptions } from './server.ts'
export type { ServerConfig } from './server-config.ts'
export type { Conduit, ConduitEvent, HostedSession, SessionHost, SessionTerms } from './session/contract.ts'
export { SignetError, type SignetErrorCode } from './signet-error.ts'
export { version } from './version.ts'
export type { StreamCondition } from './xml/stream-error.ts'
export type { StreamHeader } from './xml/stream-header.ts'
