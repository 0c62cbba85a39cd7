-- Guests: a session names which of the visit's guests it is of; 0 is none.
ALTER TABLE session ADD COLUMN guest INTEGER NOT NULL DEFAULT 0;
