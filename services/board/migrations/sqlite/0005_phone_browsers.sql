-- Browsers that a link to the phone page opens in, each known by the hash of its secret. `proven`: somebody typed the code there
-- that was texted to the phone; the other is the first that opened the link, of which there is one at most.
CREATE TABLE phone_browser (
    school    TEXT NOT NULL,
    trip      BLOB NOT NULL,
    device    BLOB NOT NULL,
    hash      BLOB NOT NULL,
    proven    INTEGER NOT NULL,
    bound_at  INTEGER NOT NULL,
    PRIMARY KEY (school, trip, device, hash)
) STRICT;

CREATE UNIQUE INDEX phone_browser_first ON phone_browser (school, trip, device) WHERE proven = 0;

-- When the office closed the open pages of a phone: a link that was sent before opens no first browser any more.
CREATE TABLE phone_closed (
    school  TEXT NOT NULL,
    trip    BLOB NOT NULL,
    device  BLOB NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (school, trip, device)
) STRICT;
