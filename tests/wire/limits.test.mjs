/* What one address and one socket may do in a minute. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House, newId, Page } from './house.mjs';

let house;

before(async () => {
    house = await House.start({ sign_in_per_minute: 4, connect_per_minute: 3, messages_per_second: 50, messages_burst: 20 });
    await house.furnish();
    await house.serve();
});
after(async () => {
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

test('a page that talks too fast is read later, not lost', async () => {
    const desk = await house.desk('alix');
    const ids = Array.from({ length: 120 }, newId);
    const start = Date.now();
    for (const id of ids) desk.raw(JSON.stringify({ id, do: 'ping' }));
    await desk.frame((each) => each.re === ids.at(-1));
    const took = Date.now() - start;
    const answered = desk.frames.filter((each) => each.re).map((each) => each.re);
    assert.deepEqual(answered, ids);
    /* 20 at once and 50 a second: 120 need two seconds */
    assert.ok(took > 1000, `${took} ms`);
    await desk.close();
});

test('sockets and sign-ins run out for one address', async () => {
    const cookie = await house.signIn('alix');
    const pages = [];
    for (let i = 0; i < 2; i++) pages.push(await house.desk(undefined, { cookie }));
    await assert.rejects(new Page(house, '/ws/desk', { cookie }).opened, { status: 429 });
    for (const page of pages) await page.close();
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await house.http('POST', '/api/session', { login: 'alix', password: 'wrong' })).status);
    assert.equal(statuses.at(-1), 429, statuses.join());
});
