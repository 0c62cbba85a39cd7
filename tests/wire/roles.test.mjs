/* Every verb from every role, on one's own visit and on another's. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { booking, House, newId, schemas } from './house.mjs';

let house;
const pages = {};
let visit;
let others;

const patient = ['patient'];
const doctor = ['doctor'];
const secretary = ['secretary'];
const staff = ['doctor', 'secretary'];
const invited = ['patient', 'guest'];
const inCalls = ['patient', 'doctor', 'guest'];
const talking = ['patient', 'doctor', 'secretary'];
const all = ['patient', 'doctor', 'secretary', 'guest'];

/* Who may say what, as docs/protocol.md has it: written by hand, not read from
 * the server's table. */
const mayUse = {
    book: secretary, reschedule: secretary, reassign: secretary, cancel: staff, correct_identity: secretary, reissue_link: secretary,
    settle: secretary, waive: secretary, refund: secretary, callback_done: staff, summon: staff, tell_delay: staff, send_message: talking,
    consent: invited, situate: patient, check_device: invited, arrive: invited, leave: invited, keep_place: patient, ask_callback: patient,
    ask_other_time: patient, open_payment: patient, pay_otherwise: patient, admit: doctor, put_back: doctor, confirm_identity: doctor,
    continue_by_telephone: doctor, save_note: doctor, preview_prescription: doctor, approve: doctor, revoke: doctor, override: doctor,
    end: doctor, close_without_prescription: doctor, no_show: doctor, ping: all, presence: all, show_day: staff, watch: staff,
    unwatch: staff, take_over: inCalls, save_text: doctor, find: staff, letter: secretary, incident: inCalls, offer: inCalls, house: inCalls, ice: inCalls, probe: inCalls,
    invite_guest: staff, reissue_guest_link: staff, withdraw_guest: staff, answer_guest: patient, admit_guest: doctor,
    dismiss_guest: doctor, pin_guest: doctor, guest_link: staff,
};

const hash = '00'.repeat(32);
const members = {
    book: booking({ start_ms: Date.now() + 7200000 }), reschedule: { start_ms: 1, duration_min: 15 },
    reassign: { practitioner: newId(), start_ms: 1, duration_min: 15 }, cancel: { by: 'clinic' },
    correct_identity: { family: 'Exemple', given: 'Jeanne', birth: '1954-07-14', sex: 'female' },
    settle: { how: 'cash' }, waive: { reason: 'x' }, tell_delay: { minutes: 5 }, send_message: { text: 'x' },
    consent: { accepted: true, version: '1', hash }, situate: { place: 'x' }, check_device: { camera: 'works', microphone: 'works' },
    confirm_identity: { present: 'x' }, continue_by_telephone: { cause: 'video_failed' }, save_note: { text: 'x' },
    preview_prescription: { lines: [{ drug: 'paracétamol', dosage: '500 mg', duration: '5 jours', renewals: 0 }] }, approve: { version: 1, hash }, revoke: { reason: 'x' }, override: { reason: 'x' },
    invite_guest: { name: 'x', kind: 'other' }, reissue_guest_link: { guest: 1 }, withdraw_guest: { guest: 1 }, answer_guest: { guest: 1, agreed: true },
    admit_guest: { guest: 1 }, dismiss_guest: { guest: 1 }, pin_guest: { guest: 1 }, guest_link: { guest: 1 },
    end: { how: 'video', due: 'nothing', prescription: 'none' }, presence: { doing: 'desk' }, show_day: { day: '2026-11-22' },
    save_text: { note: 'x' }, find: { words: 'nobody' }, incident: { kind: 'sound_gap', ms: 1500 }, offer: { sdp: 'x' }, house: { play: 'none' }, probe: {},
};

before(async () => {
    house = await House.start();
    await house.furnish();
    await house.serve();
    pages.secretary = await house.desk('alix');
    pages.doctor = await house.desk('camille');
    pages.stranger = await house.desk('dominique');
    visit = (await pages.secretary.must('book', house.doctor, booking())).of;
    others = (await pages.secretary.must('book', house.otherDoctor, booking())).of;
    for (const [name, of] of [['patient', visit], ['other', others]]) {
        const claimed = await house.claim(await house.linkOf(of));
        pages[name] = await house.patient(of, claimed.cookie);
    }
    for (const [name, of] of [['guest', visit], ['otherGuest', others]]) {
        await pages.secretary.must('invite_guest', of, { name: 'Sam Interprète', kind: 'interpreter' });
        pages[name] = await house.guest(of, 1, (await house.claimGuest(pages.secretary, of, 1)).cookie);
    }
});
after(async () => {
    for (const page of Object.values(pages)) page.drop();
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

test('the schemas know every verb, and only those', () => {
    const page = JSON.parse(readFileSync(join(schemas, 'page.json'), 'utf8'));
    assert.deepEqual(Object.keys(page.$defs).sort(), Object.keys(mayUse).sort());
});

test('a verb of another role is forbidden', async () => {
    for (const [verb, roles] of Object.entries(mayUse))
        for (const role of all.filter((each) => !roles.includes(each))) {
            const answer = await pages[role].ask(verb, visit, members[verb] ?? {});
            assert.equal(answer.refused, 'forbidden', `${role} ${verb}`);
        }
});

/* Verbs that name one visit. */
const ofVisit = Object.keys(mayUse).filter((verb) => !['book', 'tell_delay', 'ping', 'presence', 'show_day', 'find', 'take_over', 'unwatch', 'ice'].includes(verb));

test("another patient's visit does not exist for a patient", async () => {
    for (const verb of ofVisit.filter((each) => mayUse[each].includes('patient'))) {
        const answer = await pages.other.ask(verb, visit, members[verb] ?? {});
        assert.equal(answer.refused, 'unknown', verb);
    }
});

test("another doctor's visit does not exist for a doctor", async () => {
    for (const verb of ofVisit.filter((each) => mayUse[each].includes('doctor'))) {
        const answer = await pages.stranger.ask(verb, visit, members[verb] ?? {});
        assert.equal(answer.refused, 'unknown', `${verb} ${JSON.stringify(answer)}`);
    }
    const delay = await pages.stranger.ask('tell_delay', house.doctor, { minutes: 5 });
    assert.ok(['unknown', 'forbidden'].includes(delay.refused), delay.refused);
});

test("another visit does not exist for a guest", async () => {
    for (const verb of ofVisit.filter((each) => mayUse[each].includes('guest'))) {
        const answer = await pages.otherGuest.ask(verb, visit, members[verb] ?? {});
        assert.equal(answer.refused, 'unknown', verb);
    }
});

test("another's documents and sockets do not open", async () => {
    const cookies = { patient: pages.other.cookie, guest: pages.guest.cookie, asPatient: pages.guest.cookie.replace('g1-', 'v-'), doctor: pages.stranger.cookie, secretary: pages.secretary.cookie, nobody: undefined };
    for (const [who, cookie] of Object.entries(cookies))
        for (const path of ['prescription.pdf', 'receipt.pdf', 'draft/1.pdf']) {
            const answer = await house.http('GET', `/api/visit/${visit}/${path}`, undefined, { cookie });
            assert.ok([401, 403, 404].includes(answer.status), `${who} ${path} ${answer.status}`);
        }
    for (const who of ['patient', 'doctor', 'nobody']) {
        const letter = await house.http('GET', `/api/visit/${visit}/letter.pdf`, undefined, { cookie: cookies[who] });
        assert.ok([401, 403, 404].includes(letter.status), `${who} ${letter.status}`);
    }
    const mine = await house.http('GET', `/api/visit/${visit}/letter.pdf`, undefined, { cookie: pages.secretary.cookie });
    assert.equal(mine.status, 200);
    assert.equal(mine.headers.get('content-type'), 'application/pdf');
    const looked = await house.http('GET', `/ws/visit/${visit}`, undefined, { cookie: pages.other.cookie });
    assert.equal(looked.status, 401);
});

/* The cookie of one visit put under the name of another. */
test('a cookie under a false name opens nothing', async () => {
    const value = pages.other.cookie.split('=')[1];
    const page = await house.http('GET', `/api/visit/${visit}/receipt.pdf`, undefined, { cookie: `v-${visit}=${value}` });
    assert.ok([401, 403, 404].includes(page.status));
    const desk = await house.http('GET', `/api/visit/${visit}/letter.pdf`, undefined, { cookie: `desk=${value}` });
    assert.ok([401, 403, 404].includes(desk.status));
    const false_name = await house.http('GET', '/ws/desk', undefined, { cookie: `desk=${value}` });
    assert.equal(false_name.status, 401);
});

test('nobody was shown what is not theirs', () => {
    const clinical = /"place"|"drafted_|"note|"present":|"overridden"|"lines"/;
    for (const frame of pages.secretary.frames) assert.ok(!clinical.test(JSON.stringify(frame)), JSON.stringify(frame));
    for (const frame of [...pages.other.frames, ...pages.stranger.frames, ...pages.otherGuest.frames]) assert.ok(!('view' in frame) || frame.of !== visit);
    const patients = /Jeanne|"birth|"mobile|"mail|"reason|"due_minor|"consent":|"chat":|"step":|"line":|"phone":"\+336/;
    for (const frame of pages.guest.frames.filter((each) => !each.refused)) assert.ok(!clinical.test(JSON.stringify(frame)) && !patients.test(JSON.stringify(frame)), JSON.stringify(frame));
    for (const page of Object.values(pages)) assert.deepEqual(page.problems, []);
});
