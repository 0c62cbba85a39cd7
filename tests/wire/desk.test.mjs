/* The doctor's desk on any day: what needs the doctor is there, another doctor's
 * never is; and the search by name ends at the own patients. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { booking, dayOf, House } from './house.mjs';

const DAY_MS = 86_400_000;
const hash = 'ab'.repeat(32);
let house, secretary, doctor, other;
let at = Math.floor(Date.now() / 60000) * 60000 + 2 * 60000;
const tomorrow = dayOf(Date.now() + DAY_MS + 3_600_000);

before(async () => {
    house = await House.start();
    await house.furnish();
    await house.serve();
    secretary = await house.desk('alix');
    doctor = await house.desk('camille');
    other = await house.desk('dominique');
    for (const page of [doctor, other]) await page.must('show_day', undefined, { day: tomorrow });
});
after(async () => {
    for (const page of [secretary, doctor, other]) {
        assert.deepEqual(page.problems, []);
        page.drop();
    }
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

async function booked(practitioner, more = {}) {
    const data = booking({ start_ms: at, duration_min: 5, ...more });
    at += 5 * 60000;
    return (await secretary.must('book', practitioner, data)).of;
}

async function waiting(visit) {
    const claimed = await house.claim(await house.linkOf(visit));
    const patient = await house.patient(visit, claimed.cookie);
    await patient.must('consent', visit, { accepted: true, version: '1', hash });
    await patient.must('situate', visit, { place: 'À la maison' });
    await patient.must('check_device', visit, { camera: 'works', microphone: 'works' });
    await patient.must('arrive', visit);
    return patient;
}

const rowsOf = (page, visit) => page.frames.filter((each) => each.row?.of === visit);
const board = async (page, day) => {
    const from = page.frames.length;
    await page.must('show_day', undefined, { day });
    return (await page.frame((each) => each.board, { from })).board.map((each) => each.of);
};
const isGone = (page, visit) =>
    page.frame((each) => each.row?.of === visit && each.row.gone, { what: 'gone' });

test('a row comes when the patient waits, stays while it is unfinished, and leaves', async () => {
    const visit = await booked(house.doctor);
    assert.deepEqual(rowsOf(doctor, visit), [], 'only booked: not of the day shown');
    const patient = await waiting(visit);
    await doctor.frame((each) => each.row?.of === visit && each.row.view?.phase === 'waiting');
    await doctor.must('admit', visit);
    await doctor.must('end', visit, { how: 'video', due: 'nothing', prescription: 'follows' });
    await doctor.frame((each) => each.row?.of === visit && each.row.view?.phase === 'ended');
    assert.ok(!rowsOf(doctor, visit).some((each) => each.row.gone));
    assert.ok((await board(doctor, tomorrow)).includes(visit), 'and after a reload');
    assert.ok(!(await board(other, tomorrow)).includes(visit));
    await doctor.must('close_without_prescription', visit);
    await isGone(doctor, visit);
    assert.ok(!(await board(doctor, tomorrow)).includes(visit));
    assert.ok((await board(doctor, dayOf(at))).includes(visit), 'on its own day it stays');
    await doctor.must('show_day', undefined, { day: tomorrow });
    assert.deepEqual(rowsOf(other, visit), [], "never on another doctor's desk");
    patient.drop();
});

test('reassigned while waiting, it goes over to the other desk', async () => {
    const visit = await booked(house.doctor);
    const patient = await waiting(visit);
    await doctor.frame((each) => each.row?.of === visit && each.row.view);
    const to = { practitioner: house.otherDoctor, start_ms: at, duration_min: 5 };
    at += 5 * 60000;
    await secretary.must('reassign', visit, to);
    await isGone(doctor, visit);
    await other.frame((each) => each.row?.of === visit && each.row.view?.phase === 'waiting');
    assert.ok(!(await board(doctor, tomorrow)).includes(visit));
    assert.ok((await board(other, tomorrow)).includes(visit));
    patient.drop();
});

test("another doctor's day cannot be asked for", async () => {
    const visit = await booked(house.otherDoctor);
    const from = doctor.frames.length;
    await doctor.must('show_day', house.otherDoctor, { day: dayOf(at) });
    const shown = await doctor.frame((each) => each.board, { from });
    assert.ok(!shown.board.some((each) => each.of === visit));
    for (const row of shown.board) assert.equal(row.view.practitioner, house.doctor);
});

test('what is being written comes back, measures beside the lines', async () => {
    const visit = await booked(house.doctor);
    const lines = [{ drug: 'Amlo', dosage: '', duration: '', renewals: 0 }];
    await doctor.must('save_text', visit, { lines, weight_kg: 72 });
    await doctor.must('save_text', visit, { note: 'à revoir' });
    const written = async () => {
        const from = doctor.frames.length;
        await doctor.must('watch', visit);
        const found = await doctor.frame((each) => each.lines, { from });
        await doctor.must('unwatch', visit);
        return found;
    };
    assert.deepEqual(await written(), { of: visit, lines, weight_kg: 72 });
    await doctor.must('save_text', visit, { lines, height_cm: 168 });
    assert.deepEqual(await written(), { of: visit, lines, height_cm: 168 });
    const stranger = await other.ask('save_text', visit, { lines, weight_kg: 1 });
    assert.equal(stranger.refused, 'unknown');
});

test("a search ends at the doctor's own patients; the desk finds all", async () => {
    const mine = await booked(house.doctor, { family: 'Rarissime', given: 'Ève' });
    const others = await booked(house.otherDoctor, { family: 'Rarissime', given: 'Ève' });
    const found = async (page) =>
        (await page.must('find', undefined, { words: 'rarissime' })).rows.map((each) => each.of);
    assert.deepEqual(await found(doctor), [mine]);
    assert.deepEqual(await found(other), [others]);
    assert.deepEqual((await found(secretary)).sort(), [mine, others].sort());
    const nothing = await doctor.ask('find', undefined, { words: ' - ' });
    assert.equal(nothing.refused, 'invalid');
});
