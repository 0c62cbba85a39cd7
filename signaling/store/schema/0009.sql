-- What was folded from a stream's first events, so that after a start not all
-- of a long log is read. Worth nothing beside another log, and never needed:
-- emptied, the log says the same (docs/storage.md).
CREATE TABLE folded (
    stream_kind INTEGER NOT NULL,
    stream BLOB NOT NULL,
    seq INTEGER NOT NULL,
    form INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (stream_kind, stream)
);
