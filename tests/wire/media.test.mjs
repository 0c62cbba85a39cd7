/* Signaling of a call with the real relay, by mutual TLS: offers, slots, and a page that comes
 * back over a new line. Whether sound flows, browsers prove (tests/e2e). */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { Certificates } from '../relay/certificates.mjs';
import { freePort } from '../relay/relay.mjs';
import { booking, House, newId, program } from './house.mjs';

let house;
let relay;
let doctor;
let patient;
let visit;
const turnSecret = 'a secret that two servers share';
const turnUrls = ['turns:turn.tele.example:443', 'turn:192.0.2.1:3478?transport=tcp'];
const pages = { doctor: newId(), patient: newId() };
const sdp = readFileSync(fileURLToPath(new URL('../vector/chromium156-offer.sdp', import.meta.url)), 'utf8');

let certificates;
let control;

function startRelay() {
    const beside = join(dirname(program()), 'vestibule-relay');
    const port = 20000 + Math.floor(Math.random() * 20000);
    relay = spawn(beside, [
        '--control', `tls:127.0.0.1:${control}`, '--certificate', certificates.path('relay'),
        '--key', certificates.path('relay', 'key'), '--authority', certificates.path('authority'),
        '--listen', `127.0.0.1:${port}`, '--workers', '1',
    ], { stdio: 'ignore' });
    process.once('exit', () => relay.kill('SIGKILL'));
}

before(async () => {
    house = await House.start();
    await house.furnish();
    certificates = new Certificates(house.folder).authority('authority').sign('relay', 'serverAuth').sign('node', 'clientAuth');
    control = await freePort();
    startRelay();
    writeFileSync(join(house.folder, 'turn.secret'), `${turnSecret}\n`);
    await house.serve(
        `relay=tls:localhost:${control}`,
        `relay_certificate=${certificates.path('node')}`,
        `relay_key=${certificates.path('node', 'key')}`,
        `relay_authority=${certificates.path('authority')}`,
        `turn=${turnUrls.join(', ')}`,
        `turn_secret_file=${join(house.folder, 'turn.secret')}`,
    );
    const secretary = await house.desk('alix');
    visit = (await secretary.must('book', house.doctor, booking())).of;
    await secretary.close();
    const claimed = await house.claim(await house.linkOf(visit));
    patient = await house.patient(visit, claimed.cookie, { page: pages.patient });
    doctor = await house.desk('camille', { page: pages.doctor });
    await doctor.frame((each) => each.elsewhere === false);
    await patient.frame((each) => each.elsewhere === false);
});
after(async () => {
    for (const page of [doctor, patient]) page.drop();
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
    relay.kill('SIGTERM');
});

/* The relay may still be starting: `no_relay` says to try again. */
async function offer(page, of) {
    for (let tries = 0; ; tries++) {
        const answer = await page.ask('offer', of, { sdp });
        if (answer.refused !== 'no_relay' || tries > 50) return answer;
        await new Promise((resolve) => setTimeout(resolve, 200)); /* as pages do */
    }
}

const slots = (page, count, from = 0) => page.frame((each) => each.slots?.length === count && each.of === visit, { from, what: `slots of ${count}` });

test('a page in calls gets a ticket for the TURN server, of an hour', async () => {
    const tickets = await Promise.all([patient, doctor].map((page) => page.ask('ice', '', {})));
    for (const { ice, valid_s } of tickets) {
        const [{ urls, username, credential }] = ice;
        assert.deepEqual(urls, turnUrls);
        assert.equal(credential, createHmac('sha1', turnSecret).update(username).digest('base64'));
        const left = Number(username.split(':')[0]) - Date.now() / 1000;
        assert.ok(Math.abs(left - valid_s) < 60, `${left}`);
        assert.equal(valid_s, 3600);
    }
    assert.notEqual(tickets[0].ice[0].username, tickets[1].ice[0].username);
    const desk = await house.desk('alix');
    assert.equal((await desk.ask('ice', '', {})).refused, 'forbidden');
    await desk.close();
});

test('offers are answered, and what is none is refused', async () => {
    assert.match((await offer(patient, visit)).answer ?? '', /^v=0\r\n/);
    assert.match((await offer(doctor, house.doctor)).answer ?? '', /^v=0\r\n/);
    assert.equal((await patient.ask('offer', house.doctor, { sdp })).refused, 'unknown');
    assert.ok((await patient.ask('offer', visit, { sdp: 'nonsense' })).refused);
    assert.ok((await patient.ask('offer', visit, { sdp: sdp.slice(0, 500) })).refused);
    await patient.must('house', visit, { play: 'hold' });
    await patient.must('house', visit, { play: 'none' });
});

test('nobody is shown to anybody before the doctor admits', async () => {
    await patient.must('consent', visit, { accepted: true, version: '1', hash: 'ab'.repeat(32) });
    await patient.must('situate', visit, { place: 'chez moi' });
    await patient.must('check_device', visit, { camera: 'works', microphone: 'works' });
    await patient.must('arrive', visit, {});
    assert.equal((await patient.ask('incident', visit, { kind: 'sound_gap', ms: 1500 })).refused, 'not_admitted');
    await doctor.must('watch', visit);
    for (const page of [doctor, patient]) assert.ok(!page.frames.some((each) => each.slots?.length > 0));
    await doctor.must('admit', visit, {});
    assert.deepEqual((await slots(patient, 1)).slots, [{ slot: 1, who: 'doctor' }]);
    assert.deepEqual((await slots(doctor, 1)).slots, [{ slot: 1, who: 'patient' }]);
});

test('what a page saw of its line is written down for the doctor alone', async () => {
    const before = Date.now();
    await doctor.must('incident', visit, { kind: 'picture_frozen', ms: 2100 });
    const { incidents } = await doctor.frame((each) => each.incidents && each.of === visit);
    assert.equal(incidents.length, 1);
    const [frozen] = incidents;
    assert.equal(frozen.kind, 'picture_frozen');
    assert.equal(frozen.side, 'doctor');
    assert.equal(frozen.end_ms - frozen.start_ms, 2100);
    assert.ok(frozen.end_ms >= before - 200 && frozen.end_ms <= Date.now() + 200);
    /* one just after it is the same one; what is none is refused */
    await doctor.must('incident', visit, { kind: 'picture_frozen', ms: 1200 });
    assert.equal((await doctor.frame((each) => each.incidents?.[0].times === 2)).incidents.length, 1);
    for (const members of [{ kind: 'relay_restarted', ms: 5 }, { kind: 'sound_gap', ms: 0 }, { kind: 'sound_gap', ms: 3600001 }])
        assert.equal((await doctor.ask('incident', visit, members, { check: false })).refused, 'invalid');
    assert.ok(!patient.frames.some((each) => each.incidents));
});

test('a page that comes back over a new line hears on, though the old line is open', async () => {
    const back = await house.patient(visit, patient.cookie, { page: pages.patient });
    await slots(back, 1); /* it is still shown the doctor */
    await patient.gone; /* the old line was cut */
    const from = back.frames.length;
    await doctor.must('put_back', visit, {});
    await slots(back, 0, from);
    await doctor.must('admit', visit, {});
    await slots(back, 1, from);
    patient = back;
});

test('taking over moves the call to the other screen', async () => {
    const second = await house.desk(undefined, { cookie: doctor.cookie, page: newId() });
    await second.frame((each) => each.elsewhere === true);
    assert.equal((await second.ask('offer', house.doctor, { sdp })).refused, 'elsewhere');
    await second.must('take_over', house.doctor, {});
    await second.frame((each) => each.elsewhere === false);
    await doctor.frame((each) => each.elsewhere === true);
    assert.match((await offer(second, house.doctor)).answer, /^v=0\r\n/);
    await slots(second, 1);
    await doctor.close();
    doctor = second;
});

test('the relay dies and comes back: pages are told to offer anew', async () => {
    await doctor.must('watch', visit);
    const from = patient.frames.length;
    relay.kill('SIGKILL');
    startRelay();
    await patient.frame((each) => each.media === 'again', { from, within: 20000 });
    await doctor.frame((each) => each.incidents?.some(({ side }) => side === 'service'), { within: 20000 });
    assert.match((await offer(patient, visit)).answer, /^v=0\r\n/);
    assert.match((await offer(doctor, house.doctor)).answer, /^v=0\r\n/);
    const ended = doctor.frames.length;
    await doctor.must('end', visit, { how: 'video', due: 'nothing', prescription: 'none' });
    await slots(patient, 0, from);
    await slots(doctor, 0, ended);
    for (const page of [doctor, patient]) assert.deepEqual(page.problems, []);
});
