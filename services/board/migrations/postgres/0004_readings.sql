-- Who opened which record about people.
CREATE TABLE reading (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_ms    BIGINT NOT NULL,
    school   TEXT   NOT NULL,
    person   BYTEA  NOT NULL,
    what     TEXT   NOT NULL,
    subject  TEXT   NOT NULL
);

CREATE INDEX reading_by_time ON reading (school, at_ms);
