BEGIN IMMEDIATE;

-- country is an ISO 3166 code, or NULL until somebody has chosen one.
ALTER TABLE scopes ADD COLUMN helplines INTEGER NOT NULL DEFAULT 1 CHECK (helplines IN (0, 1));
ALTER TABLE scopes ADD COLUMN country TEXT;

-- The same table, where a message may have lost its author: somebody asked to be forgotten.
CREATE TABLE encouragements_of_anyone (
    platform TEXT NOT NULL,
    scope_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    key TEXT NOT NULL,
    author_id INTEGER,
    author_name TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (platform, scope_id, number),
    UNIQUE (platform, scope_id, key),
    FOREIGN KEY (platform, scope_id) REFERENCES scopes (platform, id) ON DELETE CASCADE,
    CHECK ((author_id IS NULL) = (author_name IS NULL))
) STRICT;

INSERT INTO encouragements_of_anyone (platform, scope_id, number, text, key, author_id, author_name, created_at)
SELECT platform, scope_id, number, text, key, author_id, author_name, created_at FROM encouragements;

DROP TABLE encouragements;

ALTER TABLE encouragements_of_anyone RENAME TO encouragements;

CREATE INDEX encouragements_by_author ON encouragements (platform, author_id);

-- The people whose messages the bot must not read for feelings.
CREATE TABLE opt_outs (
    platform TEXT NOT NULL,
    person_id INTEGER NOT NULL,
    PRIMARY KEY (platform, person_id)
) STRICT, WITHOUT ROWID;

-- The servers that the bot is in, or was: left_at (ISO 8601, UTC) is when it was found gone. A private conversation
-- has no row here, and is never left.
CREATE TABLE servers (
    platform TEXT NOT NULL,
    id INTEGER NOT NULL,
    left_at TEXT,
    PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;

COMMIT;
