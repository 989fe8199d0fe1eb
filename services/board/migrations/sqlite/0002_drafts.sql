CREATE TABLE draft (
    school      TEXT    NOT NULL,
    person      BLOB    NOT NULL,
    subject     TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    kept_at     INTEGER NOT NULL,
    PRIMARY KEY (school, person, subject)
) STRICT;
