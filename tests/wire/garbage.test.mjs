/* Bad input on a socket: each gets a clear refusal, and nothing stops. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { booking, dayOf, House, newId, Page } from './house.mjs';

let house;
let desk;
let visit;

before(async () => {
    house = await House.start({ messages_burst: 100000, messages_per_second: 10000 });
    await house.furnish();
    await house.serve();
    desk = await house.desk('alix');
    visit = (await desk.must('book', house.doctor, booking())).of;
});
after(async () => {
    desk.drop();
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

/* The refusal of a text that is no frame has no id to carry. */
async function refusedRaw(text) {
    const from = desk.frames.length;
    desk.raw(text);
    return desk.frame((each) => 're' in each, { from, what: `a refusal of ${String(text).slice(0, 60)}` });
}

test('what is no frame is refused, and the socket goes on', async () => {
    const id = newId();
    const texts = ['', ' ', '{', '[]', 'null', '7', '"x"', '{}', `{"id":"${id}"}`, `{"id":5,"do":"ping"}`, `{"id":"${id}","do":5}`, `{"id":"${id}","do":"ping","do":"ping"}`, `{"id":"${id}","do":"ping","of":7}`, `{"id":"${id}","do":"ping","with":7}`, `{"id":"${id}","do":"ping","x":1}`, `{"id":"${id}","do":"ping"}}`, `{"id":"${id}","do":"p\\u0000ing"}`, '['.repeat(100000), `{"id":"${id}","do":"ping","with":${'{"a":'.repeat(500)}1${'}'.repeat(500)}}`, `{"id":"${id}","do":"${'x'.repeat(100000)}"}`, `{"id":"${id}","do":"\ud800"}`, '{"id":1e999}', `{"id":"${id}","do":"ping"}`.replace('ping', 'Ping')];
    for (const text of texts) {
        const answer = await refusedRaw(text);
        assert.equal(answer.refused, 'invalid', text.slice(0, 60));
    }
    await desk.must('ping');
});

test('random bytes as text', async () => {
    let state = 12345;
    for (let round = 0; round < 200; round++) {
        state = (state * 1103515245 + 12345) % 2147483648;
        const frame = Buffer.from(JSON.stringify({ id: newId(), of: visit, do: 'reschedule', with: { start_ms: 1, duration_min: 15 } }));
        frame[state % frame.length] = state % 94 + 33;
        const answer = await refusedRaw(frame.toString('utf8'));
        assert.ok(answer.refused, frame.toString());
    }
});

test('verbs that pages do not have', async () => {
    for (const verb of ['claim', 'open_link', 'prove', 'draft_prescription', 'fetch', 'payment_news', 'payment_ready', 'report_incident', 'lapse', 'nonsense', '__proto__']) {
        const answer = await desk.ask(verb, visit, {}, { check: false });
        assert.equal(answer.refused, 'invalid', verb);
    }
});

test('members are named when they are not right', async () => {
    const cases = [
        ['book', booking({ birth: '1954-02-30' }), 'birth'],
        ['book', booking({ sex: 'x' }), 'sex'],
        ['book', booking({ family: 'a'.repeat(64) }), 'family'],
        ['book', booking({ family: 'a\u0007b' }), 'family'],
        ['book', booking({ start_ms: 1.5 }), 'start_ms'],
        ['book', booking({ start_ms: '1' }), 'start_ms'],
        ['book', booking({ duration_min: -1 }), 'duration_min'],
        ['book', { ...booking(), given: undefined }, 'given'],
        ['book', booking({ nickname: 'x' }), 'nickname'],
        ['tell_delay', { minutes: 4294967296 }, 'minutes'],
        ['reassign', { practitioner: 'short', start_ms: 1, duration_min: 1 }, 'practitioner'],
        ['show_day', { day: '2026-13-01' }, 'day'],
        ['show_day', {}, 'day'],
    ];
    for (const [verb, members, name] of cases) {
        const answer = await desk.ask(verb, house.doctor, members, { check: false });
        assert.equal(answer.refused, 'invalid', verb);
        assert.ok(answer.say.includes(name), answer.say);
    }
});

test("a rule's refusal of a member is refused too", async () => {
    for (const data of [booking({ start_ms: 1 }), booking({ duration_min: 0 }), booking({ fee_max_minor: -5 }), booking({ mobile: 'abc' }), booking({ reason: 'Not of the list' })]) {
        const answer = await desk.ask('book', house.doctor, data, { check: false });
        assert.ok(answer.refused, JSON.stringify(data));
    }
});

test('ids that are of nobody', async () => {
    for (const of of [newId(), house.doctor, house.clinic]) {
        for (const [verb, members] of [['cancel', { by: 'clinic' }], ['watch', {}], ['letter', {}], ['reschedule', { start_ms: Date.now() + 3600000, duration_min: 10 }]]) {
            const answer = await desk.ask(verb, of, members);
            assert.equal(answer.refused, 'unknown', `${verb} ${of}`);
        }
    }
    const nowhere = await desk.ask('book', newId(), booking());
    assert.ok(['unknown', 'forbidden', 'invalid'].includes(nowhere.refused), nowhere.refused);
    assert.equal((await desk.ask('cancel', undefined, { by: 'clinic' })).refused, 'invalid');
});

test('the same id with other content', async () => {
    const id = newId();
    await desk.must('tell_delay', house.doctor, { minutes: 10 }, { id });
    await desk.must('tell_delay', house.doctor, { minutes: 10 }, { id });
    assert.equal((await desk.ask('tell_delay', house.doctor, { minutes: 20 }, { id })).refused, 'repeated');
    await desk.must('tell_delay', house.doctor, { minutes: 0 });
});

test('binary and too long frames close the socket, not the server', async () => {
    const binary = await house.desk('alix', { cookie: desk.cookie });
    binary.ws.send(randomBytes(100));
    assert.equal(await binary.gone, 1003);
    const long = await house.desk('alix', { cookie: desk.cookie });
    long.raw('x'.repeat(128 * 1024 + 1));
    assert.equal(await long.gone, 1009);
    const fits = await house.desk('alix', { cookie: desk.cookie });
    fits.raw('x'.repeat(128 * 1024));
    await fits.frame((each) => each.refused === 'invalid');
    await fits.close();
    await desk.must('ping');
});

test('a frame in many pieces is one frame', async () => {
    const id = newId();
    const text = JSON.stringify({ id, do: 'ping', with: {} });
    for (let i = 0; i < text.length; i++) desk.ws.send(text[i], { fin: i === text.length - 1 });
    assert.equal((await desk.frame((each) => each.re === id)).ok, true);
});

test('a reader who does not read is cut off and comes back', async () => {
    const slow = await house.desk('alix', { cookie: desk.cookie });
    slow.ws._socket.pause();
    let cut = false;
    slow.gone.then(() => (cut = true));
    /* Each answer is a board; nobody takes them. */
    const day = dayOf(booking().start_ms);
    for (let i = 0; i < 20000 && !/slow reader/.test(house.log); i++) {
        if (slow.ws.readyState !== 1) break;
        slow.raw(JSON.stringify({ id: newId(), do: 'show_day', with: { day } }));
        if (i % 200 === 0) await desk.must('ping');
    }
    await desk.must('ping');
    assert.match(house.log, /slow reader cut off/);
    slow.ws._socket.resume();
    await slow.gone;
    assert.ok(cut);
    const back = await house.desk('alix', { cookie: desk.cookie });
    await back.must('show_day', undefined, { day });
    const board = await back.frame((each) => each.board);
    assert.equal(board.board[0].of, visit);
    await back.close();
});
