/* Guests over the wire, with the real relay: the way in, who is told what, slots
 * that stay, and out again. Whether sound flows, browsers prove (tests/e2e). */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { booking, House, newId, program } from './house.mjs';

let house;
let relay;
let secretary;
let doctor;
let patient;
let visit;
const guests = {};
const sdp = readFileSync(fileURLToPath(new URL('../vector/chromium156-offer.sdp', import.meta.url)), 'utf8');
const hash = 'ab'.repeat(32);

before(async () => {
    house = await House.start();
    await house.furnish();
    const port = 20000 + Math.floor(Math.random() * 20000);
    relay = spawn(join(dirname(program()), 'vestibule-relay'), ['--control', join(house.folder, 'relay'), '--listen', `127.0.0.1:${port}`, '--workers', '1'], { stdio: 'ignore' });
    process.once('exit', () => relay.kill('SIGKILL'));
    await house.serve(`relay=${join(house.folder, 'relay')}`);
    secretary = await house.desk('alix');
    doctor = await house.desk('camille', { page: newId() });
    visit = (await secretary.must('book', house.doctor, booking())).of;
    const claimed = await house.claim(await house.linkOf(visit));
    patient = await house.patient(visit, claimed.cookie, { page: newId() });
    await doctor.must('watch', visit);
    await secretary.must('watch', visit);
});
after(async () => {
    for (const page of [secretary, doctor, patient, ...Object.values(guests)]) page.drop();
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
    relay.kill('SIGTERM');
});

async function offer(page, of) {
    for (let tries = 0; ; tries++) {
        const answer = await page.ask('offer', of, { sdp });
        if (answer.refused !== 'no_relay' || tries > 50) return answer;
        await new Promise((resolve) => setTimeout(resolve, 200)); /* as pages do */
    }
}

const own = (page, fits, what) => page.view((view) => fits(view.guests.find((each) => each.guest === page.me.guest) ?? {}, view), what);

async function prepare(number, name, kind) {
    await secretary.must('invite_guest', visit, { name, kind, mail: `guest${number}@example.org`, locale: 'en' });
    const claimed = await house.claimGuest(secretary, visit, number);
    guests[number] = await house.guest(visit, number, claimed.cookie, { page: newId() });
    const page = guests[number];
    await page.must('consent', visit, { accepted: true, version: 'g1', hash });
    await page.must('check_device', visit, { camera: 'works', microphone: 'works', line: 'sound', voice: 'faint' });
    await page.must('arrive', visit);
    await own(page, (self, view) => view.guest_step === 'waiting', 'waiting');
    assert.match((await offer(page, visit)).answer ?? '', /^v=0\r\n/);
}

test('the link is shown without being used up, and opens with its code alone', async () => {
    await secretary.must('invite_guest', visit, { name: 'Nobody Yet', kind: 'relative' });
    const { url, code } = await secretary.must('guest_link', visit, { guest: 1 });
    const token = url.split('/v/')[1];
    for (let i = 0; i < 3; i++) assert.equal((await house.http('GET', `/v/${token}`)).status, 200);
    const look = (await house.http('POST', '/api/link', { token })).body;
    assert.equal(look.state, 'ok');
    assert.equal(look.guest, 1);
    assert.equal(look.mine, false);
    for (const member of ['fee_max_minor', 'who_connects', 'given', 'consultation', 'callback_asked']) assert.equal(look[member], undefined, member);
    const wrong = await house.http('POST', '/api/link/guest', { token, code: code === '000000' ? '000001' : '000000' });
    assert.equal(wrong.status, 403);
    assert.equal(wrong.body.code, 'wrong_code');
    assert.equal(wrong.body.tries_left, 4);
    assert.equal((await house.claim(token)).status, 404, "a birth date opens no guest's link");
    const right = await house.http('POST', '/api/link/guest', { token, code: `${code.slice(0, 3)} ${code.slice(3)}` });
    assert.equal(right.status, 200);
    assert.match(right.cookie, new RegExp(`^g1-${visit}=`));
    const mine = (await house.http('POST', '/api/link', { token }, { cookie: right.cookie })).body;
    assert.equal(mine.mine, true);
    await secretary.must('withdraw_guest', visit, { guest: 1 });
    assert.equal((await house.http('POST', '/api/link', { token })).body.state, 'withdrawn');
    assert.equal((await house.http('GET', `/ws/guest/${visit}/1`, undefined, { cookie: right.cookie })).status, 401);
});

test('the invitation on paper is for the staff', async () => {
    await prepare(1, 'Sam Interprète', 'interpreter');
    const path = `/api/visit/${visit}/guest/1.pdf`;
    const paper = await house.http('GET', path, undefined, { cookie: secretary.cookie });
    assert.equal(paper.status, 200);
    assert.equal(paper.headers.get('content-type'), 'application/pdf');
    for (const cookie of [patient.cookie, guests[1].cookie, undefined])
        assert.ok([401, 403].includes((await house.http('GET', path, undefined, { cookie })).status));
});

test('who waits is seen by the doctor and known to the patient, and sees nobody', async () => {
    await doctor.view(({ guests: [sam] }) => sam?.state === 'waiting' && sam.line === 'sound' && sam.voice === 'faint', 'waiting', visit);
    await patient.view(({ guests: [sam] }) => sam?.name === 'Sam Interprète' && sam.mail === undefined && sam.line === undefined);
    await patient.must('consent', visit, { accepted: true, version: '1', hash });
    await patient.must('situate', visit, { place: 'Chez moi' });
    await patient.must('check_device', visit, { camera: 'works', microphone: 'works' });
    await patient.must('arrive', visit);
    assert.match((await offer(patient, visit)).answer ?? '', /^v=0\r\n/);
    assert.match((await offer(doctor, house.doctor)).answer ?? '', /^v=0\r\n/);
    await doctor.must('admit', visit, {});
    await patient.frame((each) => each.slots?.length === 1);
    assert.equal((await doctor.ask('admit_guest', visit, { guest: 1 })).refused, 'patient_not_told');
    await patient.must('send_message', visit, { text: 'clinical words' });
    assert.equal((await guests[1].ask('incident', visit, { kind: 'sound_gap', ms: 1500 })).refused, 'not_admitted');
    const now = guests[1].frames.filter((each) => each.now).at(-1).now;
    assert.deepEqual(now, { patient: { connected: false }, doctor: { connected: false }, guests: [] });
    assert.ok(!guests[1].frames.some((each) => each.slots?.length || each.chat || each.quality));
});

test('three and then four: slots stay, each is told by name, dismissal is told', async () => {
    await patient.must('answer_guest', visit, { guest: 1, agreed: true });
    await doctor.must('admit_guest', visit, { guest: 1 });
    const two = await doctor.frame((each) => each.slots?.length === 2);
    await guests[1].must('incident', visit, { kind: 'picture_frozen', ms: 1500 });
    await doctor.frame((each) => each.incidents?.some(({ kind, side }) => kind === 'picture_frozen' && side === 'guest'));
    assert.deepEqual(two.slots[1], { slot: 2, who: 'guest', guest: 1, kind: 'interpreter', name: 'Sam Interprète' });
    const theirs = await guests[1].frame((each) => each.slots?.length === 2);
    assert.deepEqual(theirs.slots.map((each) => [each.slot, each.who]), [[1, 'doctor'], [2, 'patient']]);
    await prepare(2, 'Lou Exemple', 'relative');
    await doctor.must('admit_guest', visit, { guest: 2, told: true });
    const three = await patient.frame((each) => each.slots?.length === 3);
    assert.deepEqual(three.slots.map((each) => each.slot), [1, 2, 3]);
    const all = await guests[1].frame((each) => each.slots?.length === 3);
    assert.deepEqual(all.slots.map((each) => [each.slot, each.who]), [[1, 'doctor'], [2, 'patient'], [3, 'guest']]);
    await doctor.must('pin_guest', visit, { guest: 1 });
    for (const page of [patient, guests[1], guests[2]]) await page.view((view) => view.pinned === 1);
    await doctor.must('dismiss_guest', visit, { guest: 1 });
    await guests[1].frame((each) => each.slots?.length === 0);
    await guests[1].view((view) => view.guest_step === 'dismissed');
    const left = await patient.frame((each) => each.slots?.length === 2, { from: patient.frames.indexOf(three) });
    assert.deepEqual(left.slots.map((each) => each.slot), [1, 3], 'the other keeps their slot');
    assert.equal((await patient.view((view) => view.guests.length === 2)).pinned, 0);
});

test("a patient's no puts a guest out", async () => {
    await patient.must('answer_guest', visit, { guest: 2, agreed: false });
    await guests[2].view((view) => view.guest_step === 'dismissed');
    assert.equal((await doctor.ask('admit_guest', visit, { guest: 2, told: true })).refused, 'patient_declined');
});

test('a new link fences the page that has the old one', async () => {
    await secretary.must('reissue_guest_link', visit, { guest: 2 });
    await guests[2].frame((each) => each.fenced);
});

test('the end is the end for guests', async () => {
    await doctor.must('admit_guest', visit, { guest: 1 });
    await guests[1].view((view) => view.guest_step === 'call');
    await doctor.must('end', visit, { how: 'video', due: 'nothing', prescription: 'none' });
    const over = await guests[1].view((view) => view.guest_step === 'over');
    assert.deepEqual(over.guests, []);
    assert.equal((await guests[1].ask('offer', visit, { sdp })).refused, 'ended');
    assert.equal((await guests[1].ask('arrive', visit)).refused, 'ended');
    for (const page of [secretary, doctor, patient, ...Object.values(guests)]) assert.deepEqual(page.problems, []);
});
