-- Accounts that people have elsewhere. `subject` is whoever logged in by it first: from then on nobody else does.
CREATE TABLE account (
    provider   TEXT NOT NULL,
    name       TEXT NOT NULL,
    login      BYTEA NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    subject    TEXT,
    linked_at  BIGINT NOT NULL,
    bound_at   BIGINT,
    PRIMARY KEY (provider, name)
);

CREATE UNIQUE INDEX account_by_subject ON account (provider, subject) WHERE subject IS NOT NULL;

CREATE INDEX account_by_login ON account (login);
