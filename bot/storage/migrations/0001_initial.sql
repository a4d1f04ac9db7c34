BEGIN IMMEDIATE;

-- One row for each server or private conversation that has kept anything.
-- last_number only grows, so that a number is never given twice.
CREATE TABLE scopes (
    platform TEXT NOT NULL,
    id INTEGER NOT NULL,
    last_number INTEGER NOT NULL DEFAULT 0,
    responding INTEGER NOT NULL DEFAULT 1 CHECK (responding IN (0, 1)),
    PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;

-- key is the text without differences of case and spacing; created_at is ISO 8601, UTC.
CREATE TABLE encouragements (
    platform TEXT NOT NULL,
    scope_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    key TEXT NOT NULL,
    author_id INTEGER NOT NULL,
    author_name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (platform, scope_id, number),
    UNIQUE (platform, scope_id, key),
    FOREIGN KEY (platform, scope_id) REFERENCES scopes (platform, id) ON DELETE CASCADE
) STRICT;

-- At most one row: the slash commands that the platform knows.
CREATE TABLE published_commands (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    digest TEXT NOT NULL
) STRICT;

PRAGMA user_version = 1;

COMMIT;
