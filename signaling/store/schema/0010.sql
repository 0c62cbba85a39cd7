-- What a node would say on the bus, while Redis does not carry it: its leases,
-- as frames, each behind its length. Read and written anew every two seconds,
-- worth nothing after a few more. deaf: the node hears nothing from Redis.
CREATE TABLE bulletin (
    node BLOB NOT NULL PRIMARY KEY,
    turn INTEGER NOT NULL,
    deaf INTEGER NOT NULL,
    written_ms INTEGER NOT NULL,
    frames BLOB NOT NULL
);
