/* One visit from booking to the released prescription, by protocol. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { booking, dayOf, House, newId } from './house.mjs';

let house;
let secretary;
let doctor;
let patient;
let visit;
let token;

const text = 'J’accepte cette consultation par vidéo.';
const hash = createHash('sha256').update(text).digest('hex');

before(async () => {
    house = await House.start();
    await house.furnish();
    await house.serve();
});

after(async () => {
    for (const page of [secretary, doctor, patient]) page?.ws.terminate();
    const how = await house.end();
    assert.deepEqual(how, { code: 0, signal: null }, house.log);
});

test('the secretary signs in and sees an empty day', async () => {
    secretary = await house.desk('alix');
    assert.equal(secretary.me.role, 'secretary');
    assert.equal(secretary.me.clinic.name, 'Clinique du Port');
    assert.equal(secretary.me.practitioners.length, 2);
    assert.deepEqual(secretary.me.practitioners.find((each) => each.id === house.doctor).reasons, ['Suivi']);
    const day = dayOf(booking().start_ms);
    await secretary.must('show_day', undefined, { day });
    const board = await secretary.frame((each) => each.board);
    assert.deepEqual(board, { board: [], day });
});

test('she books, and the row appears by itself on both desks', async () => {
    doctor = await house.desk('camille');
    assert.equal(doctor.me.practitioner, house.doctor);
    await doctor.must('show_day', house.doctor, { day: dayOf(booking().start_ms) });
    const id = newId();
    const data = booking();
    const answer = await secretary.must('book', house.doctor, data, { id });
    visit = answer.of;
    const row = (await secretary.frame((each) => each.row?.of === visit)).row;
    assert.equal(row.view.family, 'Exemple');
    assert.equal(row.view.phase, 'booked');
    await doctor.frame((each) => each.row?.of === visit);
    /* pressed twice: the same answer, no second visit */
    const again = await secretary.must('book', house.doctor, data, { id });
    assert.equal(again.of, visit);
    const overlap = await secretary.ask('book', house.doctor, booking({ family: 'Autre' }));
    assert.equal(overlap.refused, 'overlap');
});

test('the link shows the appointment without a name and without being used up', async () => {
    token = await house.linkOf(visit);
    for (let times = 0; times < 3; times++) {
        const page = await house.http('GET', `/v/${token}`);
        assert.equal(page.headers.get('cache-control'), 'no-store');
        assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    }
    const link = await house.http('POST', '/api/link', { token });
    assert.equal(link.status, 200);
    assert.equal(link.body.state, 'ok');
    assert.equal(link.body.fee_max_minor, 3000);
    assert.equal(link.body.claimed, false);
    assert.equal(link.body.mine, false);
    assert.ok(!JSON.stringify(link.body).includes('Exemple,') && !JSON.stringify(link.body).includes('Jeanne'));
    const unknown = await house.http('POST', '/api/link', { token: newId() });
    assert.equal(unknown.body.state, 'unknown');
});

test('a wrong birth date is counted, the right one opens the visit', async () => {
    const wrong = await house.claim(token, { year: 1950, month: 1, day: 1 });
    assert.equal(wrong.status, 403);
    assert.equal(wrong.body.code, 'wrong_birth_date');
    assert.equal(wrong.body.tries_left, 4);
    const right = await house.claim(token);
    assert.equal(right.status, 200, JSON.stringify(right.body));
    assert.equal(right.body.consultation, visit);
    assert.match(right.setCookie[0], /^v-[A-Za-z0-9_-]{22}=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    patient = await house.patient(visit, right.cookie);
    assert.equal(patient.me.given, 'Jeanne');
    assert.equal(patient.me.of, visit);
    await patient.view((view) => view.step === 'consent');
});

test('the patient gets ready and waits; the desk follows', async () => {
    await patient.must('consent', visit, { accepted: true, version: '1', hash });
    await patient.view((view) => view.step === 'place');
    await patient.must('situate', visit, { place: 'À la maison', phone: '+33639980001' });
    await patient.must('check_device', visit, { camera: 'works', microphone: 'works', speaker_heard: true, line: 'good' });
    await patient.must('arrive', visit, {});
    const view = await patient.view((each) => each.step === 'waiting');
    assert.ok(view.waiting_since_ms > 0);
    const row = await secretary.frame((each) => each.row?.view?.phase === 'waiting');
    assert.ok(!('place' in row.row.view));
});

test('presence is told to whoever looks', async () => {
    patient.raw(JSON.stringify({ id: newId(), of: visit, do: 'presence', with: { doing: 'waiting', screen: 'on' } }));
    const now = await doctor.frame((each) => each.of === visit && each.now?.patient.doing === 'waiting');
    assert.equal(now.now.patient.connected, true);
    assert.deepEqual(now.now.doctor, { doing: 'desk', connected: true });
});

test('the doctor watches, admits, talks and writes', async () => {
    await doctor.must('watch', visit, {});
    await doctor.view((view) => view.phase === 'waiting', undefined, visit);
    await doctor.must('admit', visit, {});
    await patient.view((view) => view.step === 'call');
    await doctor.must('confirm_identity', visit, { present: 'la patiente seule' });
    await patient.must('send_message', visit, { text: 'Bonjour docteur\n…' });
    const chat = await doctor.frame((each) => each.chat?.some((message) => message.text.startsWith('Bonjour')));
    assert.deepEqual([chat.of, chat.from, chat.chat[0].n, chat.chat[0].from], [visit, 1, 1, 'patient']);
    await doctor.must('send_message', visit, { text: 'Bonjour' });
    const reply = await patient.frame((each) => each.chat?.some((message) => message.from === 'doctor'));
    assert.equal(reply.chat.at(-1).n, 2);
    assert.ok(!secretary.frames.some((each) => each.chat));
});

test('what the doctor is writing comes back after a reload, to the doctor only', async () => {
    const lines = [{ drug: 'paracétamol', dosage: '500 mg, 3 fois par jour', duration: '5 jours', renewals: 0 }];
    await doctor.must('save_text', visit, { note: 'à revoir', lines });
    const second = await house.desk('camille', { cookie: doctor.cookie });
    await second.must('watch', visit, {});
    const note = await second.frame((each) => each.note !== undefined);
    assert.equal(note.note, 'à revoir');
    const written = await second.frame((each) => each.lines);
    assert.deepEqual(written.lines, lines);
    await second.close();
    await secretary.must('watch', visit, {});
    const forbidden = await secretary.ask('save_text', visit, { note: 'x' });
    assert.equal(forbidden.refused, 'forbidden');
});

test('two keys release the prescription, and not one', async () => {
    const preview = await doctor.must('preview_prescription', visit, {
        lines: [{ drug: 'paracétamol', dosage: '500 mg, 3 fois par jour', duration: '5 jours', renewals: 0 }],
    });
    assert.equal(preview.version, 1);
    const draft = await house.http('GET', `/api/visit/${visit}/draft/1.pdf`, undefined, { cookie: doctor.cookie });
    assert.equal(draft.status, 200);
    assert.equal(draft.headers.get('content-type'), 'application/pdf');
    assert.equal(createHash('sha256').update(draft.bytes).digest('hex'), preview.hash);
    const stale = await doctor.ask('approve', visit, { version: 1, hash });
    assert.equal(stale.refused, 'stale_version');
    await doctor.must('approve', visit, { version: 1, hash: preview.hash });
    const early = await house.http('GET', `/api/visit/${visit}/prescription.pdf`, undefined, { cookie: patient.cookie });
    assert.equal(early.status, 403);
    assert.equal(early.body.code, 'not_released');
    await doctor.must('end', visit, { how: 'video', due: 'amount', amount_minor: 2500, prescription: 'follows' });
    await patient.view((view) => view.step === 'due' && view.due_minor === 2500);
    assert.equal((await house.http('GET', `/api/visit/${visit}/prescription.pdf`, undefined, { cookie: patient.cookie })).status, 403);
    await secretary.must('settle', visit, { how: 'cash' });
    await patient.view((view) => view.step === 'released');
    const released = await house.http('GET', `/api/visit/${visit}/prescription.pdf`, undefined, { cookie: patient.cookie });
    assert.equal(released.status, 200);
    assert.equal(released.bytes.subarray(0, 5).toString(), '%PDF-');
    assert.equal(released.headers.get('cache-control'), 'no-store');
    const row = await secretary.frame((each) => each.row?.view?.document_ready === true);
    assert.equal(row.row.of, visit);
    for (const path of ['prescription.pdf', 'draft/1.pdf']) {
        const denied = await house.http('GET', `/api/visit/${visit}/${path}`, undefined, { cookie: secretary.cookie });
        assert.ok([401, 403, 404].includes(denied.status), `${path} ${denied.status}`);
    }
});

test('a new device fences the old one off', async () => {
    const second = await house.claim(token);
    assert.equal(second.status, 200);
    await patient.frame((each) => each.fenced || each.signed_out, { what: 'fenced' });
    const page = await house.patient(visit, second.cookie);
    await page.view((view) => view.step === 'released');
    const out = await house.http('DELETE', `/api/visit/${visit}/session`, undefined, { cookie: second.cookie });
    assert.equal(out.status, 204);
    assert.match(out.setCookie[0], /Max-Age=0/);
    const looked = await house.http('GET', `/ws/visit/${visit}`, undefined, { cookie: second.cookie });
    assert.equal(looked.status, 401);
    await page.close();
});

test('every frame fitted the schemas, and no log line names anybody', () => {
    for (const page of [secretary, doctor, patient]) assert.deepEqual(page.problems, []);
    assert.ok(!/Jeanne|Exemple|1954|\/v\//.test(house.log), house.log);
});
