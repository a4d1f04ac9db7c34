BEGIN IMMEDIATE;

-- The day (ISO 8601, in the scope's own time zone) for which a scope last had its daily word, and what it was told since
-- everything had been told once: a JSON array of digests.
CREATE TABLE daily_words (
    platform TEXT NOT NULL,
    scope_id INTEGER NOT NULL,
    last_day TEXT NOT NULL,
    said TEXT NOT NULL CHECK (json_valid(said)),
    PRIMARY KEY (platform, scope_id),
    FOREIGN KEY (platform, scope_id) REFERENCES scopes (platform, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX settings_by_name ON settings (name) WHERE name = 'daily';

PRAGMA user_version = 8;

COMMIT;
