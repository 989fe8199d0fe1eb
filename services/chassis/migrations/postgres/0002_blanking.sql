-- How often personal parts of a journal were blanked: a state that was read before is no longer kept.

CREATE TABLE blanking (
    service TEXT   NOT NULL,
    school  TEXT   NOT NULL,
    times   BIGINT NOT NULL,
    PRIMARY KEY (service, school)
);
