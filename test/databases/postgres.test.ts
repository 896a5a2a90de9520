/** PostgreSQL of Debian, run by the test. */

import pg from 'pg'
import { skipWithout } from '../clients/debian.ts'
import { databasePassword, databaseUser, postgres } from './server.ts'
import { databaseSuite } from './suite.ts'

databaseSuite('PostgreSQL', {
  kind: postgres,
  skip: skipWithout(['postgresql']),
  connect: async ({ home }) => {
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port: home.port, database: 'postgres' },
      ...{ user: databaseUser, password: databasePassword },
    })
    client.on('error', () => undefined)
    await client.connect()
    return {
      run: async (text, values = []) => (await client.query(text, [...values])).rows,
      [Symbol.asyncDispose]: () => client.end(),
    }
  },
  mark: (index) => `$${index}`,
  lock: ['BEGIN', 'LOCK TABLE users IN ACCESS EXCLUSIVE MODE'],
})
