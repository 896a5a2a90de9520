/** MariaDB of Debian, run by the test. */

import { createConnection } from 'mysql2/promise'
import { skipWithout } from '../clients/debian.ts'
import { databasePassword, databaseUser, mariadb } from './server.ts'
import { databaseSuite } from './suite.ts'

databaseSuite('MariaDB', {
  kind: mariadb,
  skip: skipWithout(['mariadb-server']),
  connect: async ({ home }) => {
    const connection = await createConnection({
      ...{ host: '127.0.0.1', port: home.port, database: 'postgres', charset: 'utf8mb4' },
      ...{ user: databaseUser, password: databasePassword },
    })
    connection.on('error', () => undefined)
    return {
      run: async (text, values = []) => {
        const [rows] = await connection.query(text, [...values])
        return Array.isArray(rows) ? (rows as Readonly<Record<string, unknown>>[]) : []
      },
      [Symbol.asyncDispose]: () => connection.end(),
    }
  },
  mark: () => '?',
  lock: ['LOCK TABLES users WRITE'],
})
