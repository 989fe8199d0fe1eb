CREATE TABLE login (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    school      TEXT    NOT NULL,
    person      BLOB    NOT NULL,
    password    TEXT    NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    hash        BLOB    NOT NULL PRIMARY KEY,
    kind        TEXT    NOT NULL,
    login       BLOB    NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    used_at     INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX session_by_login ON session (login);
