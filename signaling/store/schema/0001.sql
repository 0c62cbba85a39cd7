-- Vestibule's record. Written once for every database: INTEGER and BLOB are the
-- two type names that a driver may substitute (PostgreSQL: BIGINT and BYTEA).
-- Booleans are 0 or 1, times UTC milliseconds, ids 16 bytes. Numbers that stand
-- for our enums are only ever added to (schema.c checks them).

-- ---- the log ---------------------------------------------------------------

-- The newest event of each stream. The row that two writers fight for.
CREATE TABLE head (
    stream_kind INTEGER NOT NULL,
    stream BLOB NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (stream_kind, stream)
);

-- Append-only. Layout of hash and sealing: docs/storage.md.
CREATE TABLE event (
    stream_kind INTEGER NOT NULL,
    stream BLOB NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    role INTEGER NOT NULL,
    staff BLOB NOT NULL,
    command BLOB NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (stream_kind, stream, seq)
);

-- What a command did, for whoever sends it twice.
CREATE TABLE command (
    stream_kind INTEGER NOT NULL,
    stream BLOB NOT NULL,
    actor BLOB NOT NULL,
    command BLOB NOT NULL,
    content BLOB NOT NULL,
    first_seq INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (stream_kind, stream, actor, command)
);

-- ---- keys: a table and a backup of their own ---------------------------------

-- Wrapped by the master key. Erasing empties the key and keeps the row, so that
-- no second key is made for a visit that was erased.
CREATE TABLE stream_key (
    stream_kind INTEGER NOT NULL,
    stream BLOB NOT NULL,
    nonce BLOB NOT NULL,
    wrapped BLOB NOT NULL,
    erased_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_kind, stream)
);

-- One row: tells a wrong master key at start instead of at the first visit.
CREATE TABLE master_check (
    number INTEGER NOT NULL PRIMARY KEY,
    nonce BLOB NOT NULL,
    wrapped BLOB NOT NULL
);

-- One row, counted up after a commit that failed (group.h says why).
CREATE TABLE marker (
    number INTEGER NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO marker (number, value) VALUES (1, 0);

-- ---- projections of a visit, written with its events ----------------------------

CREATE TABLE appointment (
    consultation BLOB NOT NULL PRIMARY KEY,
    clinic BLOB NOT NULL,
    practitioner BLOB NOT NULL,
    start_ms INTEGER NOT NULL,
    duration_min INTEGER NOT NULL,
    phase INTEGER NOT NULL
);
CREATE INDEX appointment_of_clinic ON appointment (clinic, start_ms);
CREATE INDEX appointment_of_practitioner ON appointment (practitioner, start_ms);
CREATE INDEX appointment_by_start ON appointment (start_ms);

CREATE TABLE finder (
    kind INTEGER NOT NULL,
    hash BLOB NOT NULL,
    visit BLOB NOT NULL,
    PRIMARY KEY (kind, hash, visit)
);
CREATE INDEX finder_of_visit ON finder (visit, kind);

CREATE TABLE sealed_text (
    visit BLOB NOT NULL,
    kind INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    role INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (visit, kind, number)
);

CREATE TABLE document (
    visit BLOB NOT NULL,
    kind INTEGER NOT NULL,
    version INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (visit, kind, version)
);

CREATE TABLE due (
    visit BLOB NOT NULL,
    kind INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (visit, kind)
);
CREATE INDEX due_by_time ON due (at_ms);

-- ---- what leaves and enters the house ---------------------------------------------

-- state 0: waiting, 1: sent, 2: failed for good. until_ms: not before; a claim
-- moves it to the end of the lease, a failure to the next try.
CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY,
    visit BLOB NOT NULL,
    kind INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    channel TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    state INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    why TEXT NOT NULL,
    nonce BLOB NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX outbox_waiting ON outbox (until_ms) WHERE state = 0;
CREATE INDEX outbox_of_visit ON outbox (visit, seq, part);

CREATE TABLE inbox (
    event_id TEXT NOT NULL PRIMARY KEY,
    checkout TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    done INTEGER NOT NULL
);
CREATE INDEX inbox_pending ON inbox (at_ms) WHERE done = 0;

-- ---- the clinic and who is signed in ------------------------------------------------

CREATE TABLE clinic (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    payment_key INTEGER NOT NULL
);

CREATE TABLE practitioner (
    id BLOB NOT NULL PRIMARY KEY,
    clinic BLOB NOT NULL REFERENCES clinic (id),
    name TEXT NOT NULL,
    quality TEXT NOT NULL,
    speciality TEXT NOT NULL,
    identifier TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    mail TEXT NOT NULL
);

CREATE TABLE staff (
    id BLOB NOT NULL PRIMARY KEY,
    clinic BLOB NOT NULL REFERENCES clinic (id),
    role INTEGER NOT NULL,
    practitioner BLOB NOT NULL,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled INTEGER NOT NULL
);

CREATE TABLE reason (
    practitioner BLOB NOT NULL REFERENCES practitioner (id),
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (practitioner, position),
    UNIQUE (practitioner, reason)
);

CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY,
    role INTEGER NOT NULL,
    clinic BLOB NOT NULL,
    staff BLOB NOT NULL,
    practitioner BLOB NOT NULL,
    consultation BLOB NOT NULL,
    device_generation INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    proved_ms INTEGER NOT NULL
);
CREATE INDEX session_by_end ON session (expires_ms);
