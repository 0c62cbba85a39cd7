-- What one node of all does now and then, and when it is due again: whoever
-- moves the time forward does it.
CREATE TABLE chore (
    name TEXT NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL
);
