-- Who opened which record about people.
CREATE TABLE reading (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms    INTEGER NOT NULL,
    school   TEXT    NOT NULL,
    person   BLOB    NOT NULL,
    what     TEXT    NOT NULL,
    subject  TEXT    NOT NULL
) STRICT;

CREATE INDEX reading_by_time ON reading (school, at_ms);
