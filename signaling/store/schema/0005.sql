-- Whom the clinic is to call back, whatever the day shown
-- (consultation_needs_call). Here too a doubtful row says "look at it".
ALTER TABLE appointment ADD COLUMN needs_call INTEGER NOT NULL DEFAULT 1;
-- who never asked is not to be called
UPDATE appointment SET needs_call = 0 WHERE NOT EXISTS (
    SELECT 1 FROM event WHERE stream_kind = 0 AND stream = consultation
    AND kind = 'callback_asked');
CREATE INDEX appointment_calls ON appointment (clinic, start_ms)
    WHERE needs_call = 1;
