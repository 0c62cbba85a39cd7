/*
 * Writes tests/wire/fixtures/: what the real server shows each role in each
 * state of a visit. Run it when the protocol changed; tests hold the files
 * against the schemas, and pages may be built on them.
 *     node tests/wire/record.mjs
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { booking, dayOf, House } from './house.mjs';

const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const hash = createHash('sha256').update('x').digest('hex');
const lines = [{ drug: 'paracétamol', dosage: '500 mg, 3 fois par jour', duration: '5 jours', renewals: 0 }];
const house = await House.start({ opens_before_minutes: 120 });
await house.furnish();
await house.serve();
const secretary = await house.desk('alix');
const doctor = await house.desk('camille');
let patient;
let visit;
let at = Math.floor(Date.now() / 60000) * 60000 + 2 * 60000;

/* The newest view of a page once it has seen `seq`. */
async function shown(page, seq) {
    const fits = (each) => each.of === visit && each.view && each.seq >= seq;
    await page.frame(fits, { what: `view ${seq}` });
    return page.frames.filter(fits).at(-1);
}

async function keep(state, answer) {
    const views = { state, patient: await shown(patient, answer.seq), doctor: await shown(doctor, answer.seq), secretary: await shown(secretary, answer.seq) };
    writeFileSync(`${folder}${state}.json`, `${JSON.stringify(views, null, 2)}\n`);
}

async function begin(more = {}) {
    const data = booking({ start_ms: at, duration_min: 5, ...more });
    at += 5 * 60000;
    visit = (await secretary.must('book', house.doctor, data)).of;
    const claimed = await house.claim(await house.linkOf(visit));
    patient?.drop();
    patient = await house.patient(visit, claimed.cookie);
    await secretary.must('watch', visit);
    await doctor.must('watch', visit);
    return { seq: (await patient.frame((each) => each.view)).seq };
}
const p = (verb, members) => patient.must(verb, visit, members);
const d = (verb, members) => doctor.must(verb, visit, members);
const s = (verb, members) => secretary.must(verb, visit, members);

async function wait(more) {
    await begin(more);
    await p('consent', { accepted: true, version: '1', hash });
    await p('situate', { place: 'À la maison', phone: '+33639980001' });
    await p('check_device', { camera: 'works', microphone: 'works', speaker_heard: true, line: 'good' });
    return p('arrive');
}
async function call(more) {
    await wait(more);
    return d('admit');
}
const end = (more = {}) => d('end', { how: 'video', due: 'amount', amount_minor: 2500, prescription: 'none', ...more });

/* one visit, all the way */
await keep('consent', await begin());
await keep('place', await p('consent', { accepted: true, version: '1', hash }));
await keep('check', await p('situate', { place: 'À la maison', phone: '+33639980001' }));
await keep('ready', await p('check_device', { camera: 'works', microphone: 'works', speaker_heard: true, line: 'good' }));
await keep('waiting', await p('arrive'));
await keep('call', await d('admit'));
await keep('put_back', await d('put_back'));
await d('admit');
await keep('call_left', await p('leave'));
await keep('telephone', await d('continue_by_telephone', { cause: 'video_failed' }));
await keep('finishing', await end({ how: 'telephone', due: 'nothing', amount_minor: undefined, prescription: 'follows' }));
const draft = await d('preview_prescription', { lines });
await keep('released', await d('approve', { version: draft.version, hash: draft.hash }));
await keep('revoked', await d('revoke', { reason: 'erreur de posologie' }));

await call();
await keep('due', await end());
await keep('pay_otherwise', await p('pay_otherwise'));
await keep('done', await s('settle', { how: 'cash' }));

await call();
await end({ prescription: 'follows' });
await keep('waived_and_finishing', await s('waive', { reason: 'geste de la clinique' }));
const second = await d('preview_prescription', { lines });
await d('approve', { version: second.version, hash: second.hash });

await call();
const third = await d('preview_prescription', { lines });
await d('approve', { version: third.version, hash: third.hash });
await keep('approved_and_due', await end({ prescription: 'follows' }));

await call();
await keep('interrupted', await end({ how: 'interrupted', due: 'nothing', amount_minor: undefined }));

await begin();
await keep('consent_refused', await p('consent', { accepted: false, version: '1', hash }));

await wait();
await keep('cancelled', await s('cancel', { by: 'clinic' }));

await secretary.must('show_day', undefined, { day: dayOf(at) });
const board = await secretary.frame((each) => each.board);
writeFileSync(`${folder}board.json`, `${JSON.stringify({ secretary: board, me: secretary.me }, null, 2)}\n`);
for (const page of [secretary, doctor, patient]) {
    if (page.problems.length) throw new Error(page.problems.join('\n'));
    page.drop();
}
await house.end();
