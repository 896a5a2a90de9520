/**
 * The NIST Public Key Interoperability Test Suite (PKITS, edition of 2011) as data: the sections that apply to the path
 * of a client certificate, with what NIST expects and what we answer. All keys are RSA of 2048 bits and all signatures
 * with SHA-256, but for DSA; nothing is weak by our rules.
 *
 * Left out, with the reason:
 *
 * - 4.4 (revocation) but for three kinds of serial number, the rows of 4.5 and 4.7 that a CRL decides, 4.14
 *   (distribution points) and 4.15 (delta CRLs): path validation asks no CRL.
 * - 4.8 to 4.12 (certificate policies and their mapping): no policy is asked for, so the extensions are left aside,
 *   as OpenSSL leaves them aside in a handshake.
 */

import type { ReasonCode } from '../../src/observe/reasons.ts'

/** Within the validity of all certificates (2010 to 2030), but of those whose dates are what is tested. */
export const judgedAt = new Date('2020-06-01T12:00:00Z')

/** Name of the trust anchor's file. */
export const trustAnchor = 'TrustAnchorRootCertificate'

/** Our answer: trusted, a refusal by its reason, or a leaf that the strict reader does not take. */
export type PkitsAnswer = 'trusted' | ReasonCode | 'unreadable'

/** One test of the suite. Certificates are names of files below `certs/`, without `.crt`. */
export interface PkitsRow {
  /** Number in the PKITS document. */
  readonly test: string
  readonly nist: 'valid' | 'invalid'
  readonly leaf: string
  /** From the leaf's issuer upwards, without the trust anchor. */
  readonly authorities: readonly string[]
  readonly ours: PkitsAnswer
  /** What `openssl verify` does. */
  readonly openssl: 'takes' | 'refuses'
  /** Why ours refuses what NIST calls valid; null where the two agree. */
  readonly stricter: string | null
}

const valid = (test: string, leaf: string, ...authorities: readonly string[]): PkitsRow => ({
  test,
  nist: 'valid',
  leaf,
  authorities,
  ours: 'trusted',
  openssl: 'takes',
  stricter: null,
})

const invalid = (test: string, ours: PkitsAnswer, leaf: string, ...authorities: readonly string[]): PkitsRow => ({
  test,
  nist: 'invalid',
  leaf,
  authorities,
  ours,
  openssl: 'refuses',
  stricter: null,
})

/** OpenSSL takes these. */
const asUser = (row: PkitsRow): PkitsRow => ({
  ...row,
  ours: 'chain-wrong-usage',
  stricter: 'the leaf is a CA certificate, whose holder could issue certificates to anybody',
})

/** Nor does OpenSSL take such a key in a handshake. */
const withDsa = (row: PkitsRow): PkitsRow => ({
  ...row,
  ours: 'chain-unknown-ca',
  openssl: 'refuses',
  stricter: 'DSA is not accepted, so such a CA issues nothing',
})

/** Every test that applies. */
export const pkitsRows: readonly PkitsRow[] = [
  // 4.1 Signature Verification
  valid('4.1.1', 'ValidCertificatePathTest1EE', 'GoodCACert'),
  invalid('4.1.2', 'chain-unknown-ca', 'InvalidCASignatureTest2EE', 'BadSignedCACert'),
  invalid('4.1.3', 'chain-bad-signature', 'InvalidEESignatureTest3EE', 'GoodCACert'),
  withDsa(valid('4.1.4', 'ValidDSASignaturesTest4EE', 'DSACACert')),
  withDsa(valid('4.1.5', 'ValidDSAParameterInheritanceTest5EE', 'DSAParametersInheritedCACert', 'DSACACert')),
  invalid('4.1.6', 'unreadable', 'InvalidDSASignatureTest6EE', 'DSACACert'),
  // 4.2 Validity Periods
  invalid('4.2.1', 'chain-not-yet-valid', 'InvalidCAnotBeforeDateTest1EE', 'BadnotBeforeDateCACert'),
  invalid('4.2.2', 'chain-not-yet-valid', 'InvalidEEnotBeforeDateTest2EE', 'GoodCACert'),
  valid('4.2.3', 'Validpre2000UTCnotBeforeDateTest3EE', 'GoodCACert'),
  valid('4.2.4', 'ValidGeneralizedTimenotBeforeDateTest4EE', 'GoodCACert'),
  invalid('4.2.5', 'chain-expired', 'InvalidCAnotAfterDateTest5EE', 'BadnotAfterDateCACert'),
  invalid('4.2.6', 'chain-expired', 'InvalidEEnotAfterDateTest6EE', 'GoodCACert'),
  invalid('4.2.7', 'chain-expired', 'Invalidpre2000UTCEEnotAfterDateTest7EE', 'GoodCACert'),
  valid('4.2.8', 'ValidGeneralizedTimenotAfterDateTest8EE', 'GoodCACert'),
  // 4.3 Verifying Name Chaining
  invalid('4.3.1', 'chain-unknown-ca', 'InvalidNameChainingTest1EE', 'GoodCACert'),
  invalid('4.3.2', 'chain-unknown-ca', 'InvalidNameChainingOrderTest2EE', 'NameOrderingCACert'),
  valid('4.3.3', 'ValidNameChainingWhitespaceTest3EE', 'GoodCACert'),
  valid('4.3.4', 'ValidNameChainingWhitespaceTest4EE', 'GoodCACert'),
  valid('4.3.5', 'ValidNameChainingCapitalizationTest5EE', 'GoodCACert'),
  valid('4.3.6', 'ValidNameUIDsTest6EE', 'UIDCACert'),
  valid('4.3.7', 'ValidRFC3280MandatoryAttributeTypesTest7EE', 'RFC3280MandatoryAttributeTypesCACert'),
  valid('4.3.8', 'ValidRFC3280OptionalAttributeTypesTest8EE', 'RFC3280OptionalAttributeTypesCACert'),
  valid('4.3.9', 'ValidUTF8StringEncodedNamesTest9EE', 'UTF8StringEncodedNamesCACert'),
  valid(
    '4.3.10',
    'ValidRolloverfromPrintableStringtoUTF8StringTest10EE',
    'RolloverfromPrintableStringtoUTF8StringCACert',
  ),
  valid('4.3.11', 'ValidUTF8StringCaseInsensitiveMatchTest11EE', 'UTF8StringCaseInsensitiveMatchCACert'),
  // 4.4 Basic Certificate Revocation: the serial numbers
  valid('4.4.14', 'ValidNegativeSerialNumberTest14EE', 'NegativeSerialNumberCACert'),
  valid('4.4.16', 'ValidLongSerialNumberTest16EE', 'LongSerialNumberCACert'),
  valid('4.4.17', 'ValidLongSerialNumberTest17EE', 'LongSerialNumberCACert'),
  // 4.5 Verifying Paths with Self-Issued Certificates
  valid(
    '4.5.1',
    'ValidBasicSelfIssuedOldWithNewTest1EE',
    'BasicSelfIssuedNewKeyOldWithNewCACert',
    'BasicSelfIssuedNewKeyCACert',
  ),
  valid(
    '4.5.3',
    'ValidBasicSelfIssuedNewWithOldTest3EE',
    'BasicSelfIssuedOldKeyNewWithOldCACert',
    'BasicSelfIssuedOldKeyCACert',
  ),
  valid(
    '4.5.4',
    'ValidBasicSelfIssuedNewWithOldTest4EE',
    'BasicSelfIssuedOldKeyNewWithOldCACert',
    'BasicSelfIssuedOldKeyCACert',
  ),
  valid(
    '4.5.6',
    'ValidBasicSelfIssuedCRLSigningKeyTest6EE',
    'BasicSelfIssuedCRLSigningKeyCRLCert',
    'BasicSelfIssuedCRLSigningKeyCACert',
  ),
  invalid(
    '4.5.8',
    'chain-not-a-ca',
    'InvalidBasicSelfIssuedCRLSigningKeyTest8EE',
    'BasicSelfIssuedCRLSigningKeyCRLCert',
    'BasicSelfIssuedCRLSigningKeyCACert',
  ),
  // 4.6 Verifying Basic Constraints
  invalid('4.6.1', 'chain-not-a-ca', 'InvalidMissingbasicConstraintsTest1EE', 'MissingbasicConstraintsCACert'),
  invalid('4.6.2', 'chain-not-a-ca', 'InvalidcAFalseTest2EE', 'basicConstraintsCriticalcAFalseCACert'),
  invalid('4.6.3', 'chain-not-a-ca', 'InvalidcAFalseTest3EE', 'basicConstraintsNotCriticalcAFalseCACert'),
  valid('4.6.4', 'ValidbasicConstraintsNotCriticalTest4EE', 'basicConstraintsNotCriticalCACert'),
  invalid(
    '4.6.5',
    'chain-path-too-long',
    'InvalidpathLenConstraintTest5EE',
    'pathLenConstraint0subCACert',
    'pathLenConstraint0CACert',
  ),
  invalid(
    '4.6.6',
    'chain-path-too-long',
    'InvalidpathLenConstraintTest6EE',
    'pathLenConstraint0subCACert',
    'pathLenConstraint0CACert',
  ),
  valid('4.6.7', 'ValidpathLenConstraintTest7EE', 'pathLenConstraint0CACert'),
  asUser(valid('4.6.8', 'ValidpathLenConstraintTest8EE', 'pathLenConstraint0CACert')),
  invalid(
    '4.6.9',
    'chain-path-too-long',
    'InvalidpathLenConstraintTest9EE',
    'pathLenConstraint6subsubCA00Cert',
    'pathLenConstraint6subCA0Cert',
    'pathLenConstraint6CACert',
  ),
  invalid(
    '4.6.10',
    'chain-path-too-long',
    'InvalidpathLenConstraintTest10EE',
    'pathLenConstraint6subsubCA00Cert',
    'pathLenConstraint6subCA0Cert',
    'pathLenConstraint6CACert',
  ),
  invalid(
    '4.6.11',
    'chain-path-too-long',
    'InvalidpathLenConstraintTest11EE',
    'pathLenConstraint6subsubsubCA11XCert',
    'pathLenConstraint6subsubCA11Cert',
    'pathLenConstraint6subCA1Cert',
    'pathLenConstraint6CACert',
  ),
  invalid(
    '4.6.12',
    'chain-path-too-long',
    'InvalidpathLenConstraintTest12EE',
    'pathLenConstraint6subsubsubCA11XCert',
    'pathLenConstraint6subsubCA11Cert',
    'pathLenConstraint6subCA1Cert',
    'pathLenConstraint6CACert',
  ),
  valid(
    '4.6.13',
    'ValidpathLenConstraintTest13EE',
    'pathLenConstraint6subsubsubCA41XCert',
    'pathLenConstraint6subsubCA41Cert',
    'pathLenConstraint6subCA4Cert',
    'pathLenConstraint6CACert',
  ),
  asUser(
    valid(
      '4.6.14',
      'ValidpathLenConstraintTest14EE',
      'pathLenConstraint6subsubsubCA41XCert',
      'pathLenConstraint6subsubCA41Cert',
      'pathLenConstraint6subCA4Cert',
      'pathLenConstraint6CACert',
    ),
  ),
  valid(
    '4.6.15',
    'ValidSelfIssuedpathLenConstraintTest15EE',
    'pathLenConstraint0SelfIssuedCACert',
    'pathLenConstraint0CACert',
  ),
  invalid(
    '4.6.16',
    'chain-path-too-long',
    'InvalidSelfIssuedpathLenConstraintTest16EE',
    'pathLenConstraint0subCA2Cert',
    'pathLenConstraint0SelfIssuedCACert',
    'pathLenConstraint0CACert',
  ),
  valid(
    '4.6.17',
    'ValidSelfIssuedpathLenConstraintTest17EE',
    'pathLenConstraint1SelfIssuedsubCACert',
    'pathLenConstraint1subCACert',
    'pathLenConstraint1SelfIssuedCACert',
    'pathLenConstraint1CACert',
  ),
  // 4.7 Key Usage
  invalid(
    '4.7.1',
    'chain-not-a-ca',
    'InvalidkeyUsageCriticalkeyCertSignFalseTest1EE',
    'keyUsageCriticalkeyCertSignFalseCACert',
  ),
  invalid(
    '4.7.2',
    'chain-not-a-ca',
    'InvalidkeyUsageNotCriticalkeyCertSignFalseTest2EE',
    'keyUsageNotCriticalkeyCertSignFalseCACert',
  ),
  valid('4.7.3', 'ValidkeyUsageNotCriticalTest3EE', 'keyUsageNotCriticalCACert'),
  // 4.13 Name Constraints
  valid('4.13.1', 'ValidDNnameConstraintsTest1EE', 'nameConstraintsDN1CACert'),
  invalid('4.13.2', 'chain-name-constraint', 'InvalidDNnameConstraintsTest2EE', 'nameConstraintsDN1CACert'),
  invalid('4.13.3', 'chain-name-constraint', 'InvalidDNnameConstraintsTest3EE', 'nameConstraintsDN1CACert'),
  valid('4.13.4', 'ValidDNnameConstraintsTest4EE', 'nameConstraintsDN1CACert'),
  valid('4.13.5', 'ValidDNnameConstraintsTest5EE', 'nameConstraintsDN2CACert'),
  valid('4.13.6', 'ValidDNnameConstraintsTest6EE', 'nameConstraintsDN3CACert'),
  invalid('4.13.7', 'chain-name-constraint', 'InvalidDNnameConstraintsTest7EE', 'nameConstraintsDN3CACert'),
  invalid('4.13.8', 'chain-name-constraint', 'InvalidDNnameConstraintsTest8EE', 'nameConstraintsDN4CACert'),
  invalid('4.13.9', 'chain-name-constraint', 'InvalidDNnameConstraintsTest9EE', 'nameConstraintsDN4CACert'),
  invalid('4.13.10', 'chain-name-constraint', 'InvalidDNnameConstraintsTest10EE', 'nameConstraintsDN5CACert'),
  valid('4.13.11', 'ValidDNnameConstraintsTest11EE', 'nameConstraintsDN5CACert'),
  invalid(
    '4.13.12',
    'chain-name-constraint',
    'InvalidDNnameConstraintsTest12EE',
    'nameConstraintsDN1subCA1Cert',
    'nameConstraintsDN1CACert',
  ),
  invalid(
    '4.13.13',
    'chain-name-constraint',
    'InvalidDNnameConstraintsTest13EE',
    'nameConstraintsDN1subCA2Cert',
    'nameConstraintsDN1CACert',
  ),
  valid('4.13.14', 'ValidDNnameConstraintsTest14EE', 'nameConstraintsDN1subCA2Cert', 'nameConstraintsDN1CACert'),
  invalid(
    '4.13.15',
    'chain-name-constraint',
    'InvalidDNnameConstraintsTest15EE',
    'nameConstraintsDN3subCA1Cert',
    'nameConstraintsDN3CACert',
  ),
  invalid(
    '4.13.16',
    'chain-name-constraint',
    'InvalidDNnameConstraintsTest16EE',
    'nameConstraintsDN3subCA1Cert',
    'nameConstraintsDN3CACert',
  ),
  invalid(
    '4.13.17',
    'chain-name-constraint',
    'InvalidDNnameConstraintsTest17EE',
    'nameConstraintsDN3subCA2Cert',
    'nameConstraintsDN3CACert',
  ),
  valid('4.13.18', 'ValidDNnameConstraintsTest18EE', 'nameConstraintsDN3subCA2Cert', 'nameConstraintsDN3CACert'),
  valid('4.13.19', 'ValidDNnameConstraintsTest19EE', 'nameConstraintsDN1SelfIssuedCACert', 'nameConstraintsDN1CACert'),
  invalid('4.13.20', 'chain-name-constraint', 'InvalidDNnameConstraintsTest20EE', 'nameConstraintsDN1CACert'),
  valid('4.13.21', 'ValidRFC822nameConstraintsTest21EE', 'nameConstraintsRFC822CA1Cert'),
  invalid('4.13.22', 'chain-name-constraint', 'InvalidRFC822nameConstraintsTest22EE', 'nameConstraintsRFC822CA1Cert'),
  valid('4.13.23', 'ValidRFC822nameConstraintsTest23EE', 'nameConstraintsRFC822CA2Cert'),
  invalid('4.13.24', 'chain-name-constraint', 'InvalidRFC822nameConstraintsTest24EE', 'nameConstraintsRFC822CA2Cert'),
  valid('4.13.25', 'ValidRFC822nameConstraintsTest25EE', 'nameConstraintsRFC822CA3Cert'),
  invalid('4.13.26', 'chain-name-constraint', 'InvalidRFC822nameConstraintsTest26EE', 'nameConstraintsRFC822CA3Cert'),
  valid(
    '4.13.27',
    'ValidDNandRFC822nameConstraintsTest27EE',
    'nameConstraintsDN1subCA3Cert',
    'nameConstraintsDN1CACert',
  ),
  invalid(
    '4.13.28',
    'chain-name-constraint',
    'InvalidDNandRFC822nameConstraintsTest28EE',
    'nameConstraintsDN1subCA3Cert',
    'nameConstraintsDN1CACert',
  ),
  invalid(
    '4.13.29',
    'chain-name-constraint',
    'InvalidDNandRFC822nameConstraintsTest29EE',
    'nameConstraintsDN1subCA3Cert',
    'nameConstraintsDN1CACert',
  ),
  valid('4.13.30', 'ValidDNSnameConstraintsTest30EE', 'nameConstraintsDNS1CACert'),
  invalid('4.13.31', 'chain-name-constraint', 'InvalidDNSnameConstraintsTest31EE', 'nameConstraintsDNS1CACert'),
  valid('4.13.32', 'ValidDNSnameConstraintsTest32EE', 'nameConstraintsDNS2CACert'),
  invalid('4.13.33', 'chain-name-constraint', 'InvalidDNSnameConstraintsTest33EE', 'nameConstraintsDNS2CACert'),
  valid('4.13.34', 'ValidURInameConstraintsTest34EE', 'nameConstraintsURI1CACert'),
  invalid('4.13.35', 'chain-name-constraint', 'InvalidURInameConstraintsTest35EE', 'nameConstraintsURI1CACert'),
  valid('4.13.36', 'ValidURInameConstraintsTest36EE', 'nameConstraintsURI2CACert'),
  invalid('4.13.37', 'chain-name-constraint', 'InvalidURInameConstraintsTest37EE', 'nameConstraintsURI2CACert'),
  invalid('4.13.38', 'chain-name-constraint', 'InvalidDNSnameConstraintsTest38EE', 'nameConstraintsDNS1CACert'),
  // 4.16 Private Certificate Extensions
  valid('4.16.1', 'ValidUnknownNotCriticalCertificateExtensionTest1EE'),
  invalid('4.16.2', 'chain-unknown-critical-extension', 'InvalidUnknownCriticalCertificateExtensionTest2EE'),
]
