BEGIN IMMEDIATE;

-- When somebody to whom the message was said told that it hurts (ISO 8601, UTC); who that was is not kept. It is pending
-- then, until a moderator approves it again.
ALTER TABLE encouragements ADD COLUMN reported_at TEXT;

PRAGMA user_version = 6;

COMMIT;
