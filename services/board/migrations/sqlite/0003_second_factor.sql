-- The app on somebody's phone that tells codes. Its secret isn't kept: it follows from the salt and the installation's key.
CREATE TABLE second_factor (
    login         BLOB NOT NULL PRIMARY KEY REFERENCES login (id) ON DELETE CASCADE,
    salt          BLOB NOT NULL,
    confirmed_at  INTEGER,
    last_step     INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
    hash   BLOB NOT NULL PRIMARY KEY,
    login  BLOB NOT NULL REFERENCES login (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX recovery_code_by_login ON recovery_code (login);

-- Browsers that a log-in was used from: others' wrong tries don't hold them up.
CREATE TABLE known_browser (
    hash     BLOB NOT NULL,
    login    BLOB NOT NULL REFERENCES login (id) ON DELETE CASCADE,
    used_at  INTEGER NOT NULL,
    PRIMARY KEY (hash, login)
) STRICT;

CREATE INDEX known_browser_by_login ON known_browser (login);

ALTER TABLE session ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0;
