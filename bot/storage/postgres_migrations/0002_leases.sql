-- The shards that somebody runs, and -1 for the lead: a row that has nobody's lock any more is of who ended without a word,
-- and may not know yet that it has lost it.
CREATE TABLE leases (id bigint PRIMARY KEY);
