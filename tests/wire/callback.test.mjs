/* « Rappelez-moi » from a link: before it was opened, and when it opens no more. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { booking, dayOf, House, newId } from './house.mjs';
import { ZONE } from '../zone.mjs';

let house;
let secretary;

before(async () => {
    house = await House.start();
    await house.furnish();
    await house.serve();
    secretary = await house.desk('alix');
    await secretary.must('show_day', undefined, { day: dayOf(booking().start_ms) });
});
after(async () => {
    secretary?.ws.terminate();
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

let minutes = 5;
async function book(more = {}) {
    const start_ms = booking().start_ms + (minutes += 20) * 60_000;
    const { of } = await secretary.must('book', house.doctor, booking({ start_ms, ...more }));
    return { visit: of, token: await house.linkOf(of) };
}

const callBack = (token, options) => house.http('POST', '/api/link/callback', { token }, options);
const asked = async (token) => (await house.http('POST', '/api/link', { token })).body.callback_asked;
const rowOf = (visit, says) =>
    secretary.frame((each) => each.row?.of === visit && each.row.view && says(each.row.view));

test('whoever holds a link is called back, before any claim', async () => {
    const { visit, token } = await book();
    assert.equal(await asked(token), false);
    const answer = await callBack(token);
    assert.equal(answer.status, 204, JSON.stringify(answer.body));
    assert.deepEqual(answer.setCookie, []);
    const row = (await rowOf(visit, (view) => view.callback_asked)).row.view;
    assert.notEqual(row.claimed, true); /* asking is no way in */
    assert.equal(await asked(token), true);
});

test('pressed twice, even at once, it is asked once', async () => {
    const { visit, token } = await book();
    const answers = await Promise.all([callBack(token), callBack(token), callBack(token, { key: newId() })]);
    assert.deepEqual(answers.map((each) => each.status), [204, 204, 204]);
    await rowOf(visit, (view) => view.callback_asked);
    await secretary.must('watch', visit, {});
    const { seq } = await secretary.frame((each) => each.of === visit && each.view?.callback_asked);
    assert.equal((await callBack(token)).status, 204);
    await secretary.must('callback_done', visit, {});
    const done = await secretary.frame((each) => each.of === visit && each.view && !each.view.callback_asked && each.seq > seq);
    assert.equal(done.seq, seq + 1);
    assert.equal(await asked(token), false);
});

test('a link that was cancelled or replaced still reaches the clinic', async () => {
    for (const [verb, members, state] of [
        ['cancel', { by: 'clinic' }, 'cancelled'],
        ['reissue_link', {}, 'replaced'],
    ]) {
        const { visit, token } = await book();
        await secretary.must(verb, visit, members);
        assert.equal((await house.http('POST', '/api/link', { token })).body.state, state);
        assert.equal((await callBack(token)).status, 204);
        await rowOf(visit, (view) => view.callback_asked);
        assert.equal(await asked(token), true);
    }
});

test('without a number, and without a visit, the answer is the same', async () => {
    const { visit, token } = await book({ mobile: undefined, mail: 'jeanne@example.org' });
    const none = await callBack(token);
    assert.deepEqual([none.status, none.body.code], [409, 'no_number']);
    const flipped = (token[20] === 'A' ? 'B' : 'A') + token.slice(21);
    for (const unknown of ['', newId(), token.slice(0, 20) + flipped]) {
        const answer = await callBack(unknown);
        assert.deepEqual([answer.status, answer.body], [409, none.body], unknown);
        const look = (await house.http('POST', '/api/link', { token: unknown })).body;
        assert.deepEqual(look, { state: 'unknown', clinic: { name: 'Clinique du Port', phone: '+33536490000' } });
    }
    assert.equal(await asked(token), false);
    /* who was claimed and left no number is told the same */
    const claimed = await house.claim(token);
    const patient = await house.patient(visit, claimed.cookie);
    assert.equal((await patient.ask('ask_callback', visit, {})).refused, 'no_number');
    await patient.close();
});

test('other pages and other shapes are refused', async () => {
    const { token } = await book();
    assert.equal((await callBack(token, { origin: 'http://evil.example' })).status, 403);
    for (const body of ['{', '{}', '{"token":1}', `{"token":"${token}","more":1}`])
        assert.equal((await house.http('POST', '/api/link/callback', body)).status, 400, body);
    assert.equal((await house.http('GET', '/api/link/callback')).status, 405);
    assert.equal(await asked(token), false);
});

/* ---- on the desk of any day -------------------------------------------------- */

const DAY_MS = 86_400_000;
const isGone = (page, visit, from) =>
    page.frame((each) => each.row?.of === visit && each.row.gone, { from, what: 'gone' });
const board = async (page, day, practitioner) => {
    const from = page.frames.length;
    await page.must('show_day', practitioner, { day });
    return (await page.frame((each) => each.board, { from })).board.map((each) => each.of);
};

/* A second clinic of the same house, with a secretary. */
async function secretaryElsewhere() {
    const out = await house.admin(['add-clinic', '--name', 'Clinique du Lac', '--phone', '+33536490050', '--address', '2 quai des Essais, 33000 Bordeaux', '--locale', 'fr', '--time-zone', ZONE]);
    const clinic = out.match(/[A-Za-z0-9_-]{22}/)[0];
    await house.admin(['add-staff', '--clinic', clinic, '--role', 'secretary', '--login', 'sacha', '--name', 'sacha'], 'secret of sacha\n');
    return house.desk('sacha');
}

test('who asks stands on the secretary\'s board of any day, until called', async () => {
    const { visit, token } = await book();
    const another = dayOf(Date.now() + 9 * DAY_MS);
    const doctor = await house.desk('camille');
    const desk = await house.desk('alix');
    const stranger = await secretaryElsewhere();
    for (const page of [doctor, stranger]) await page.must('show_day', undefined, { day: another });
    assert.ok(!(await board(desk, another)).includes(visit), 'only booked: not of the day shown');

    const asked_at = Date.now();
    assert.equal((await callBack(token)).status, 204);
    const { row } = await desk.frame((each) => each.row?.of === visit && each.row.view?.callback_asked);
    assert.ok(Math.abs(row.view.callback_asked_ms - asked_at) < 60_000, JSON.stringify(row.view));
    for (const [day, practitioner] of [[another], [another, house.otherDoctor], [dayOf(booking().start_ms), house.otherDoctor]])
        assert.equal((await board(desk, day, practitioner)).filter((each) => each === visit).length, 1);
    const own = await board(desk, dayOf(row.view.start_ms));
    assert.equal(own.filter((each) => each === visit).length, 1, 'once on its own day');
    assert.ok(!(await board(doctor, another)).includes(visit), "not the doctor's to call");
    assert.ok(!(await board(stranger, another)).includes(visit));
    assert.equal((await stranger.ask('callback_done', visit, {})).refused, 'unknown');

    await board(desk, another);
    const from = desk.frames.length;
    await desk.must('callback_done', visit, {});
    await isGone(desk, visit, from);
    assert.ok(!(await board(desk, another)).includes(visit));
    assert.ok((await board(desk, dayOf(row.view.start_ms))).includes(visit), 'on its own day it stays');
    for (const page of [doctor, stranger]) {
        assert.ok(!page.frames.some((each) => each.row?.of === visit));
        assert.deepEqual(page.problems, []);
        page.drop();
    }
    assert.deepEqual(desk.problems, []);
    desk.drop();
});
