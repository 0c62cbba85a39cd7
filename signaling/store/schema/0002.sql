-- Which visits stand on their doctor's list whatever the day shown
-- (consultation_needs_doctor). What an older release writes, or wrote, says
-- "look at it": the visit's own state decides in the end.
ALTER TABLE appointment ADD COLUMN needs_doctor INTEGER NOT NULL DEFAULT 1;
-- 2 waiting, 3 admitted, 4 ended; the others need nobody
UPDATE appointment SET needs_doctor = 0 WHERE phase NOT IN (2, 3, 4);
CREATE INDEX appointment_needing ON appointment (practitioner, start_ms)
    WHERE needs_doctor = 1;
