CREATE TABLE login (
    id          BYTEA  NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    school      TEXT   NOT NULL,
    person      BYTEA  NOT NULL,
    password    TEXT   NOT NULL,
    changed_at  BIGINT NOT NULL
);

CREATE TABLE session (
    hash        BYTEA  NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    login       BYTEA  NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    used_at     BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL
);

CREATE INDEX session_by_login ON session (login);
