-- The relay on which a practitioner's calls live; generation counts the moves.
CREATE TABLE placement (
    practitioner BLOB NOT NULL PRIMARY KEY,
    relay TEXT NOT NULL,
    generation INTEGER NOT NULL
);
