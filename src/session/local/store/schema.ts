/** The tables of the local host, one migration a step; a step that was released is never edited. */

/** Marks the file as Signet's (`PRAGMA application_id`): the letters "Sgnt". */
export const applicationId = 0x53676e74

/**
 * Steps in order; `PRAGMA user_version` counts those that were taken.
 *
 * `contact` holds what an account knows of another: `listed` is 1 for roster items, 0 for somebody who only asked.
 * `request` is the markup of a subscription request that waits for an answer.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE installation (epoch TEXT NOT NULL) STRICT;
  INSERT INTO installation VALUES (lower(hex(randomblob(6))));

  CREATE TABLE account (
    jid TEXT PRIMARY KEY,
    roster_version INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE contact (
    owner TEXT NOT NULL REFERENCES account (jid),
    jid TEXT NOT NULL,
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    name TEXT,
    groups TEXT NOT NULL,
    sees INTEGER NOT NULL CHECK (sees IN (0, 1)),
    seen INTEGER NOT NULL CHECK (seen IN (0, 1)),
    ask INTEGER NOT NULL CHECK (ask IN (0, 1)),
    approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
    request TEXT,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (owner, jid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX contact_asked ON contact (jid) WHERE ask = 1;

  CREATE TABLE offline (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL REFERENCES account (jid),
    stored_at INTEGER NOT NULL,
    markup TEXT NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX offline_owner ON offline (owner, id);

  CREATE TABLE private_xml (
    owner TEXT NOT NULL REFERENCES account (jid),
    name TEXT NOT NULL,
    xmlns TEXT NOT NULL,
    markup TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (owner, xmlns, name)
  ) STRICT;
  `,
]
