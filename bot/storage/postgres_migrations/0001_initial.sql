-- The same tables as in SQLite, where ../migrations/ says what is in them. Times and days are texts there and here:
-- ISO 8601 in UTC, in the order of their characters.
CREATE TABLE scopes (
    platform text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    last_number bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (platform, id)
);

CREATE TABLE encouragements (
    platform text COLLATE "C" NOT NULL,
    scope_id bigint NOT NULL,
    number bigint NOT NULL,
    text text NOT NULL,
    key text COLLATE "C" NOT NULL,
    author_id bigint,
    author_name text,
    created_at text COLLATE "C" NOT NULL,
    pending boolean NOT NULL DEFAULT FALSE,
    reported_at text COLLATE "C",
    PRIMARY KEY (platform, scope_id, number),
    FOREIGN KEY (platform, scope_id) REFERENCES scopes (platform, id) ON DELETE CASCADE,
    CHECK ((author_id IS NULL) = (author_name IS NULL))
);

-- A key may be longer than what an index takes.
CREATE UNIQUE INDEX encouragements_by_key ON encouragements (platform, scope_id, md5(key));
CREATE INDEX encouragements_by_author ON encouragements (platform, author_id);
CREATE INDEX encouragements_pending ON encouragements (created_at) WHERE pending;

CREATE TABLE published_commands (
    id bigint PRIMARY KEY CHECK (id = 1),
    digest text NOT NULL
);

CREATE TABLE opt_outs (
    platform text COLLATE "C" NOT NULL,
    person_id bigint NOT NULL,
    PRIMARY KEY (platform, person_id)
);

CREATE TABLE servers (
    platform text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    left_at text COLLATE "C",
    used_on text COLLATE "C",
    PRIMARY KEY (platform, id)
);

CREATE TABLE deliveries (
    platform text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    answered boolean NOT NULL,
    claimed_at bigint NOT NULL,
    PRIMARY KEY (platform, id)
);

CREATE INDEX deliveries_by_age ON deliveries (claimed_at);

CREATE TABLE settings (
    platform text COLLATE "C" NOT NULL,
    scope_id bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    value text NOT NULL CHECK (value::json IS NOT NULL),
    PRIMARY KEY (platform, scope_id, name),
    FOREIGN KEY (platform, scope_id) REFERENCES scopes (platform, id) ON DELETE CASCADE
);

CREATE INDEX settings_by_name ON settings (name) WHERE name = 'daily';

CREATE TABLE daily_words (
    platform text COLLATE "C" NOT NULL,
    scope_id bigint NOT NULL,
    last_day text COLLATE "C" NOT NULL,
    said text NOT NULL CHECK (said::json IS NOT NULL),
    PRIMARY KEY (platform, scope_id),
    FOREIGN KEY (platform, scope_id) REFERENCES scopes (platform, id) ON DELETE CASCADE
);
