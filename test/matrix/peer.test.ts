/** The conformance matrix, verify_mode "peer": every certificate × authorization identity × policy × door, both settings of disconnect_on_failure. */

import { createCatalogue } from '../support/pki/catalogue.ts'
import { domain } from './certificates.ts'
import { testBatches } from './matrix-server.ts'
import { productBatches } from './rows.ts'

const catalogue = createCatalogue(domain)

testBatches(catalogue, productBatches('peer', true), 4 * (26 * 9 + 7))
testBatches(catalogue, productBatches('peer', false), 4 * 33 * 9)
