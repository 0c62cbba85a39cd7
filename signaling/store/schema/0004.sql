-- What was given up is counted by whoever watches over the house.
CREATE INDEX outbox_given_up ON outbox (ended_ms) WHERE state = 2;
