/** The version of this program. */

export { version } from '../version.ts'
