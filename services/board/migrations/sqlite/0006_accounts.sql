-- Accounts that people have elsewhere. `subject` is whoever logged in by it first: from then on nobody else does.
CREATE TABLE account (
    provider   TEXT NOT NULL,
    name       TEXT NOT NULL,
    login      BLOB NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    subject    TEXT,
    linked_at  INTEGER NOT NULL,
    bound_at   INTEGER,
    PRIMARY KEY (provider, name)
) STRICT;

CREATE UNIQUE INDEX account_by_subject ON account (provider, subject) WHERE subject IS NOT NULL;

CREATE INDEX account_by_login ON account (login);
