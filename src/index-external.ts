/**
 * `signet-xmpp/external`: login by certificate for a server of one's own. Identity rules, SASL EXTERNAL, path validation and
 * the record of each attempt; no listener, no XML, no store.
 */

export { allow } from './auth/allow.ts'
export { type Authority, createAuthority, type Judgement } from './auth/authority.ts'
export { createPkiBackend } from './auth/backends/pki.ts'
export type { AuthBackend, CertificateClaim, Claim, Evidence, Verdict } from './auth/contract.ts'
export { createTrustedNames, type NameJudgement, type PatternReport, type TrustedNames } from './auth/trusted-names.ts'
export type { NameLists, TrustedNameOptions } from './auth/trusted-names-options.ts'
export {
  type ChainStatus,
  type Channel,
  certificateRefusal,
  type Peer,
  type TlsFacts,
  type VerifyMode,
} from './certificate/channel.ts'
export {
  type CertificateFault,
  certificateSummary,
  formatDn,
  type PeerCertificate,
  parseCertificate,
  type SubjectNames,
} from './certificate/facts.ts'
export {
  authId,
  byBackend,
  commonName,
  type Identification,
  type IdentityAnswer,
  type IdentityQuery,
  type IdentityRule,
  identify,
  standard,
} from './certificate/identity.ts'
export type { CommonNameOptions } from './certificate/identity-options.ts'
export { type MappingRuleFault, type MappingRuleOptions, mappingRule } from './certificate/mapping/rule.ts'
export { type BareJid, bareOf, formatBare, type Jid, type JidFault, parseJid, prepareDomain } from './jid/jid.ts'
export type { Call } from './observe/call.ts'
export type {
  BackendStep,
  CertificateSummary,
  ChainSummary,
  Decision,
  IdentityStep,
  NameStep,
  Outcome,
} from './observe/decision.ts'
export {
  conditionOf,
  type Reason,
  type ReasonCode,
  reasons,
  type SaslCondition,
  type WireCondition,
} from './observe/reasons.ts'
export type { Result } from './result.ts'
export {
  type Attempt,
  type AttemptStep,
  type ConcludeAttempt,
  type OpenFault,
  type OpenSession,
  startAttempt,
} from './sasl/attempt.ts'
export { createExternal } from './sasl/external.ts'
export type { Exchange, Mechanism, MechanismContext, MechanismStep } from './sasl/mechanism.ts'
export type { AttemptScene, PasswordThrottle } from './sasl/scene.ts'
export type { Account, HostFault } from './session/contract.ts'
export { createCall } from './stream/call.ts'
export { createChannelReader, type JudgingTlsOptions, judgingTlsOptions } from './transport/channel-reader.ts'
export { readTrustStore, type TrustFault, type TrustStore } from './trust/trust-store.ts'
