BEGIN IMMEDIATE;

-- The updates that a platform may deliver more than once: a row says that one has changed something, or was answered, or
-- both. claimed_at is in Unix seconds.
CREATE TABLE deliveries (
    platform TEXT NOT NULL,
    id INTEGER NOT NULL,
    answered INTEGER NOT NULL CHECK (answered IN (0, 1)),
    claimed_at INTEGER NOT NULL,
    PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_age ON deliveries (claimed_at);

PRAGMA user_version = 4;

COMMIT;
