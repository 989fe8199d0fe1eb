CREATE TABLE draft (
    school      TEXT   NOT NULL,
    person      BYTEA  NOT NULL,
    subject     TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    kept_at     BIGINT NOT NULL,
    PRIMARY KEY (school, person, subject)
);
