/* The power fails at every step of a visit: what was acknowledged is there, and
 * each page sees the same as before. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { booking, dayOf, House, newId } from './house.mjs';

let house;
let cookies = {};
let visit;
let token;

before(async () => {
    house = await House.start();
    await house.furnish();
    await house.serve();
    cookies = { secretary: await house.signIn('alix'), doctor: await house.signIn('camille') };
});
after(async () => {
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

/* What each role is shown now, over sockets of its own. */
async function seen() {
    const shown = {};
    for (const role of ['secretary', 'doctor']) {
        const page = await house.desk(undefined, { cookie: cookies[role] });
        await page.must('watch', visit, {});
        const frame = await page.frame((each) => each.view);
        shown[role] = { seq: frame.seq, view: frame.view };
        await page.must('show_day', undefined, { day: dayOf(shown[role].view.start_ms) });
        const board = (await page.frame((each) => each.board)).board;
        shown[`${role}'s row`] = board.map(({ of, seq, view }) => ({ of, seq, view }));
        await page.close();
    }
    if (cookies.patient) {
        const page = await house.patient(visit, cookies.patient);
        const frame = await page.frame((each) => each.view);
        shown.patient = { seq: frame.seq, view: frame.view };
        if (frame.view.messages > 0) shown.chat = (await page.frame((each) => each.chat)).chat;
        await page.close();
    }
    return shown;
}

async function as(role, verb, members, of = visit) {
    const page = role === 'patient' ? await house.patient(visit, cookies.patient) : await house.desk(undefined, { cookie: cookies[role] });
    const id = newId();
    const answer = await page.must(verb, of, members, { id });
    page.drop();
    return { answer, id };
}

const hash = createHash('sha256').update('x').digest('hex');
const lines = [{ drug: 'paracétamol', dosage: '500 mg, 3 fois par jour', duration: '5 jours', renewals: 0 }];
let draft;
const steps = [
    ['secretary', 'book', () => booking(), () => house.doctor],
    ['claim'],
    ['patient', 'consent', () => ({ accepted: true, version: '1', hash })],
    ['patient', 'situate', () => ({ place: 'À la maison', phone: '+33639980001' })],
    ['patient', 'check_device', () => ({ camera: 'works', microphone: 'works', line: 'good' })],
    ['patient', 'arrive', () => ({})],
    ['doctor', 'tell_delay', () => ({ minutes: 10 }), () => house.doctor],
    ['doctor', 'admit', () => ({})],
    ['patient', 'send_message', () => ({ text: 'Bonjour' })],
    ['doctor', 'confirm_identity', () => ({ present: 'la patiente' })],
    ['doctor', 'put_back', () => ({})],
    ['doctor', 'admit', () => ({})],
    ['doctor', 'save_note', () => ({ text: 'note' })],
    ['doctor', 'preview_prescription', () => ({ lines })],
    ['doctor', 'approve', () => ({ version: draft.version, hash: draft.hash })],
    ['doctor', 'end', () => ({ how: 'video', due: 'amount', amount_minor: 2500, prescription: 'follows' })],
    ['secretary', 'settle', () => ({ how: 'cheque' })],
    ['doctor', 'revoke', () => ({ reason: 'erreur' })],
];

for (const [number, [role, verb, members, of]] of steps.entries())
    test(`after ${number + 1}: ${verb ?? role}`, async () => {
        if (role === 'claim') {
            token = await house.linkOf(visit);
            const claimed = await house.claim(token);
            assert.equal(claimed.status, 200);
            cookies.patient = claimed.cookie;
        } else {
            const given = members();
            const { answer, id } = await as(role, verb, given, of?.());
            if (verb === 'book') visit = answer.of;
            if (verb === 'preview_prescription') draft = answer;
            const before = await seen();
            await house.restart();
            /* the page lost its connection before it heard: it says it again */
            const page = role === 'patient' ? await house.patient(visit, cookies.patient) : await house.desk(undefined, { cookie: cookies[role] });
            const again = await page.must(verb, of?.() ?? visit, given, { id });
            assert.equal(again.seq, answer.seq);
            page.drop();
            assert.deepEqual(await seen(), before);
            return;
        }
        const before = await seen();
        await house.restart();
        assert.deepEqual(await seen(), before);
    });

test('a page that holds keeps holding over a new line, another has to ask', async () => {
    const cookie = cookies.doctor;
    const page = newId();
    const first = await house.desk(undefined, { cookie, page });
    await first.frame((each) => each.elsewhere === false, { within: 25000, what: 'the dropped pages have run out' });
    const second = await house.desk(undefined, { cookie, page: newId() });
    await second.frame((each) => each.elsewhere === true);
    first.drop();
    const back = await house.desk(undefined, { cookie, page });
    await back.frame((each) => each.elsewhere === false, { what: 'still holding' });
    await second.must('take_over', house.doctor, {});
    await second.frame((each) => each.elsewhere === false);
    await back.frame((each) => each.elsewhere === true);
    const from = back.frames.length;
    await second.close();
    await back.frame((each) => each.elsewhere === false, { from, within: 15000, what: 'left alone, it holds' });
    await back.close();
});

test('a stop is told, and pages may come again', async () => {
    const page = await house.desk(undefined, { cookie: cookies.secretary });
    const how = house.stop();
    await page.frame((each) => each.again);
    assert.deepEqual(await how, { code: 0, signal: null });
    await page.gone;
    await house.serve();
});
