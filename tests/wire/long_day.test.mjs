/* The day of a large clinic: as many visits as a list has, in one frame. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { booking, dayOf, House, newId } from './house.mjs';

const rows = 500; /* QUERY_ROWS_MAX */
const HOUR_MS = 3600000;
let house;

before(async () => {
    house = await House.start({ messages_per_second: 10000, messages_burst: 100000 });
    await house.furnish();
    await house.serve();
});

after(() => house.end());

test('a day of five hundred visits is shown, and the page stays on the line', { timeout: 240000 }, async () => {
    const secretary = await house.desk('alix');
    const day = dayOf(Date.now() + 24 * HOUR_MS);
    let begin = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    while (dayOf(begin) !== day) begin += HOUR_MS;
    const sent = [];
    for (let i = 0; i < rows; i++) {
        const id = newId();
        const frame = { id, of: i % 2 ? house.doctor : house.otherDoctor, do: 'book', with: booking({ start_ms: begin + Math.floor(i / 2) * 300000, duration_min: 5 }) };
        secretary.raw(JSON.stringify(frame));
        sent.push(secretary.frame((each) => each.re === id, { what: 'a booking', within: 120000 }));
    }
    for (const answer of await Promise.all(sent)) assert.equal(answer.ok, true, JSON.stringify(answer));
    const answer = await secretary.ask('show_day', undefined, { day });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    const board = await secretary.frame((each) => each.board);
    assert.equal(board.board.length, rows);
    assert.ok(JSON.stringify(board).length > 400000, 'a frame that is long');
    assert.equal((await secretary.ask('ping')).ok, true);
    await secretary.close();
});
