BEGIN IMMEDIATE;

-- NULL in locale, prefix and quotes is the bot's own. Cooldowns are in seconds; the lists are JSON arrays.
ALTER TABLE scopes ADD COLUMN locale TEXT;
ALTER TABLE scopes ADD COLUMN prefix TEXT;
ALTER TABLE scopes ADD COLUMN "trigger" TEXT NOT NULL DEFAULT 'own';
ALTER TABLE scopes ADD COLUMN contributors TEXT NOT NULL DEFAULT 'everyone';
ALTER TABLE scopes ADD COLUMN quotes TEXT;
ALTER TABLE scopes ADD COLUMN member_cooldown INTEGER NOT NULL DEFAULT 120 CHECK (member_cooldown >= 0);
ALTER TABLE scopes ADD COLUMN channel_cooldown INTEGER NOT NULL DEFAULT 15 CHECK (channel_cooldown >= 0);
ALTER TABLE scopes ADD COLUMN silenced TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(silenced));
ALTER TABLE scopes ADD COLUMN sad_words TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(sad_words));
ALTER TABLE scopes ADD COLUMN ignored_words TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(ignored_words));

-- A pending message has its number already, and waits for a moderator before it is listed or said.
ALTER TABLE encouragements ADD COLUMN pending INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1));

CREATE INDEX encouragements_pending ON encouragements (created_at) WHERE pending;

PRAGMA user_version = 3;

COMMIT;
