-- The app on somebody's phone that tells codes. Its secret isn't kept: it follows from the salt and the installation's key.
CREATE TABLE second_factor (
    login         BYTEA NOT NULL PRIMARY KEY REFERENCES login (id) ON DELETE CASCADE,
    salt          BYTEA NOT NULL,
    confirmed_at  BIGINT,
    last_step     BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    hash   BYTEA NOT NULL PRIMARY KEY,
    login  BYTEA NOT NULL REFERENCES login (id) ON DELETE CASCADE
);

CREATE INDEX recovery_code_by_login ON recovery_code (login);

-- Browsers that a log-in was used from: others' wrong tries don't hold them up.
CREATE TABLE known_browser (
    hash     BYTEA NOT NULL,
    login    BYTEA NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    used_at  BIGINT NOT NULL,
    PRIMARY KEY (hash, login)
);

CREATE INDEX known_browser_by_login ON known_browser (login);

ALTER TABLE session ADD COLUMN second_factor BIGINT NOT NULL DEFAULT 0;
