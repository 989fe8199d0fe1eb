-- One file for all services of a process, keyed (service, school, seq): a copy is one consistent cut.
-- Instants are milliseconds since 1970 in UTC; ids are 16 bytes, hashes 32.

CREATE TABLE journal (
    service TEXT NOT NULL,
    school  TEXT NOT NULL,
    epoch   BLOB NOT NULL,
    PRIMARY KEY (service, school)
) STRICT, WITHOUT ROWID;

-- personal: salt and JSON, or NULL once blanked. sealed: instant, hash, cause and the like: see
-- src/journal/rows.rs.
CREATE TABLE entry (
    service  TEXT NOT NULL,
    school   TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    facts    TEXT NOT NULL,
    personal TEXT,
    sealed   TEXT NOT NULL,
    PRIMARY KEY (service, school, seq)
) STRICT;

CREATE TABLE cursor (
    service          TEXT    NOT NULL,
    school           TEXT    NOT NULL,
    producer         TEXT    NOT NULL,
    listener_version INTEGER NOT NULL,
    epoch            BLOB    NOT NULL,
    seq              INTEGER NOT NULL,
    hash             BLOB    NOT NULL,
    PRIMARY KEY (service, school, producer, listener_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    service TEXT    NOT NULL,
    school  TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    hash    BLOB    NOT NULL,
    version INTEGER NOT NULL,
    bytes   BLOB    NOT NULL,
    PRIMARY KEY (service, school)
) STRICT;

CREATE TABLE quarantine (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    service TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    payload BLOB    NOT NULL
) STRICT;

CREATE TABLE alive (
    service TEXT    NOT NULL PRIMARY KEY,
    at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
