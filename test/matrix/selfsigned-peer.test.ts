/** The conformance matrix, verify_mode "selfsigned_peer": every certificate × authorization identity × policy × door, both settings of disconnect_on_failure. */

import { createCatalogue } from '../support/pki/catalogue.ts'
import { domain } from './certificates.ts'
import { testBatches } from './matrix-server.ts'
import { productBatches } from './rows.ts'

const catalogue = createCatalogue(domain)

testBatches(catalogue, productBatches('selfsigned_peer', true), 4 * (27 * 9 + 6))
testBatches(catalogue, productBatches('selfsigned_peer', false), 4 * 33 * 9)
