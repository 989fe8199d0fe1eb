-- Run once in each service's schema, found through search_path. The same tables and columns as in SQLite.
-- Instants are milliseconds since 1970 in UTC; ids are 16 bytes, hashes 32.

CREATE TABLE journal (
    service TEXT NOT NULL,
    school  TEXT NOT NULL,
    epoch   BYTEA NOT NULL,
    PRIMARY KEY (service, school)
);

-- personal: salt and JSON, or NULL once blanked. sealed: instant, hash, cause and the like: see
-- src/journal/rows.rs.
CREATE TABLE entry (
    service  TEXT NOT NULL,
    school   TEXT NOT NULL,
    seq      BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    facts    TEXT NOT NULL,
    personal TEXT,
    sealed   TEXT NOT NULL,
    PRIMARY KEY (service, school, seq)
);

CREATE TABLE cursor (
    service          TEXT    NOT NULL,
    school           TEXT    NOT NULL,
    producer         TEXT    NOT NULL,
    listener_version BIGINT NOT NULL,
    epoch            BYTEA    NOT NULL,
    seq              BIGINT NOT NULL,
    hash             BYTEA    NOT NULL,
    PRIMARY KEY (service, school, producer, listener_version)
);

CREATE TABLE snapshot (
    service TEXT    NOT NULL,
    school  TEXT    NOT NULL,
    seq     BIGINT NOT NULL,
    hash    BYTEA    NOT NULL,
    version BIGINT NOT NULL,
    bytes   BYTEA    NOT NULL,
    PRIMARY KEY (service, school)
);

CREATE TABLE quarantine (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_ms   BIGINT NOT NULL,
    service TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    payload BYTEA    NOT NULL
);

CREATE TABLE alive (
    service TEXT    NOT NULL PRIMARY KEY,
    at_ms   BIGINT NOT NULL
);
