-- Counted up with each key that is destroyed: tells the other nodes to forget
-- the keys that they hold in memory.
CREATE TABLE erasure (
    number INTEGER NOT NULL
);
INSERT INTO erasure (number) VALUES (0);
