BEGIN IMMEDIATE;

-- What a scope has chosen, by the name of the setting; value is JSON. What is as it is by default has no row.
CREATE TABLE settings (
    platform TEXT NOT NULL,
    scope_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL CHECK (json_valid(value)),
    PRIMARY KEY (platform, scope_id, name),
    FOREIGN KEY (platform, scope_id) REFERENCES scopes (platform, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO settings (platform, scope_id, name, value)
SELECT platform, id, 'responding', 'false' FROM scopes WHERE NOT responding
UNION ALL
SELECT platform, id, 'helplines', 'false' FROM scopes WHERE NOT helplines
UNION ALL
SELECT platform, id, 'country', json_quote(country) FROM scopes WHERE country IS NOT NULL
UNION ALL
SELECT platform, id, 'language', json_quote(locale) FROM scopes WHERE locale IS NOT NULL
UNION ALL
SELECT platform, id, 'prefix', json_quote(prefix) FROM scopes WHERE prefix IS NOT NULL
UNION ALL
SELECT platform, id, 'triggers', json_quote("trigger") FROM scopes WHERE "trigger" <> 'own'
UNION ALL
SELECT platform, id, 'contributors', json_quote(contributors) FROM scopes WHERE contributors <> 'everyone'
UNION ALL
SELECT platform, id, 'quotes', json_quote(quotes) FROM scopes WHERE quotes IS NOT NULL
UNION ALL
SELECT platform, id, 'cooldown', json_object('member', member_cooldown, 'channel', channel_cooldown)
FROM scopes WHERE member_cooldown <> 120 OR channel_cooldown <> 15
UNION ALL
SELECT platform, id, 'silence', (SELECT json_group_array(CAST(value AS TEXT)) FROM json_each(silenced))
FROM scopes WHERE silenced <> '[]'
UNION ALL
SELECT platform, id, 'words', json_object('sad', json(sad_words), 'ignored', json(ignored_words))
FROM scopes WHERE sad_words <> '[]' OR ignored_words <> '[]';

ALTER TABLE scopes DROP COLUMN responding;
ALTER TABLE scopes DROP COLUMN helplines;
ALTER TABLE scopes DROP COLUMN country;
ALTER TABLE scopes DROP COLUMN locale;
ALTER TABLE scopes DROP COLUMN prefix;
ALTER TABLE scopes DROP COLUMN "trigger";
ALTER TABLE scopes DROP COLUMN contributors;
ALTER TABLE scopes DROP COLUMN quotes;
ALTER TABLE scopes DROP COLUMN member_cooldown;
ALTER TABLE scopes DROP COLUMN channel_cooldown;
ALTER TABLE scopes DROP COLUMN silenced;
ALTER TABLE scopes DROP COLUMN sad_words;
ALTER TABLE scopes DROP COLUMN ignored_words;

PRAGMA user_version = 5;

COMMIT;
