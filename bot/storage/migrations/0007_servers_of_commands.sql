BEGIN IMMEDIATE;

-- A server that the bot itself is not in may still give it slash commands: used_on is the day (ISO 8601, UTC) on which it
-- last did, and NULL for one that the bot is in, or has left since.
ALTER TABLE servers ADD COLUMN used_on TEXT;

PRAGMA user_version = 7;

COMMIT;
