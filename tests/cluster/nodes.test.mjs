/* Two nodes, one record: whoever is asked, the answer is the same, and each
 * part may be away for a while. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { booking, dayOf, newId } from '../wire/house.mjs';
import { Cluster, eventually, postgres } from './cluster.mjs';

let cluster;
let one;
let other;
let minutes = 0;

before(async () => {
    cluster = await Cluster.start(2);
    [one, other] = cluster.nodes;
});

after(async () => {
    for (const how of await cluster.end()) assert.deepEqual(how, { code: 0, signal: null }, one.log + other.log);
});

/* Each visit has its own quarter of an hour. */
function next() {
    const data = booking();
    data.start_ms += minutes * 60000;
    minutes += 5;
    data.duration_min = 5;
    return data;
}

async function patientOf(node, visit) {
    const claim = await node.claim(await node.linkOf(visit));
    assert.equal(claim.status, 200, JSON.stringify(claim.body));
    const page = await node.patient(visit, claim.cookie);
    page.cookie = claim.cookie;
    return page;
}

async function arrive(page, visit) {
    await page.must('consent', visit, { accepted: true, version: '1', hash: 'ab'.repeat(32) });
    await page.must('situate', visit, { place: 'à la maison', phone: '+33639980001' });
    await page.must('check_device', visit, { camera: 'works', microphone: 'works', speaker_heard: true, sound_only: false });
    await page.must('arrive', visit);
}

test('what is done on one node is seen on the other at once', async () => {
    const secretary = await one.desk('alix');
    const doctor = await other.desk('camille');
    const data = next();
    await doctor.must('show_day', one.doctor, { day: dayOf(data.start_ms) });
    await secretary.must('show_day', undefined, { day: dayOf(data.start_ms) });
    const { of } = await secretary.must('book', one.doctor, data);
    await doctor.frame((each) => each.row?.of === of, { what: 'the new row on the other node' });
    const patient = await patientOf(one, of);
    await arrive(patient, of);
    await doctor.frame((each) => each.row?.of === of && each.row.view.phase === 'waiting', { what: 'waiting' });
    await doctor.must('watch', of);
    await doctor.must('admit', of);
    await patient.view((view) => view.step === 'call', 'called in');
    await patient.must('send_message', of, { text: 'Bonjour' });
    await doctor.frame((each) => each.chat?.some((message) => message.text === 'Bonjour'), { what: 'the message' });
    /* who is there is known to both, through leases */
    patient.raw(JSON.stringify({ id: newId(), of, do: 'presence', with: { doing: 'call', screen: 'on' } }));
    await doctor.frame((each) => each.of === of && each.now?.patient.doing === 'call', { what: 'presence' });
    for (const page of [secretary, doctor, patient]) await page.close();
});

test('two doctors’ nodes never both admit', async () => {
    const secretary = await one.desk('alix');
    const visits = [];
    for (let i = 0; i < 2; i++) {
        const { of } = await secretary.must('book', one.otherDoctor, next());
        const patient = await patientOf(i ? other : one, of);
        await arrive(patient, of);
        visits.push({ of, patient });
    }
    const doctors = [await one.desk('dominique'), await other.desk('dominique')];
    const answers = await Promise.all(doctors.map((page, i) => page.ask('admit', visits[i].of)));
    assert.equal(answers.filter((each) => each.ok).length, 1, JSON.stringify(answers));
    assert.equal(answers.find((each) => !each.ok).refused, 'another_admitted');
    for (const page of [secretary, ...doctors, ...visits.map((each) => each.patient)]) await page.close();
});

test('a node that dies sends nobody away', async () => {
    const secretary = await one.desk('alix');
    const { of } = await secretary.must('book', one.doctor, next());
    const patient = await patientOf(other, of);
    await arrive(patient, of);
    const since = (await patient.view((view) => view.step === 'waiting')).waiting_since_ms;
    await other.kill();
    await patient.gone;
    const again = await one.patient(of, patient.cookie);
    const view = await again.view((each) => each.step === 'waiting', 'waiting, on the other node');
    assert.equal(view.waiting_since_ms, since);
    await other.serve();
    await eventually(async () => assert.equal((await other.http('GET', '/readyz')).status, 200));
    await secretary.close();
    await again.close();
});

test('without Redis it is slower, and right', async () => {
    const secretary = await one.desk('alix');
    const doctor = await other.desk('camille');
    const data = next();
    await doctor.must('show_day', one.doctor, { day: dayOf(data.start_ms) });
    await cluster.redis.kill();
    await eventually(async () => assert.equal((await one.http('GET', '/readyz')).body.slower, 'redis'));
    const { of } = await secretary.must('book', one.doctor, data);
    await doctor.frame((each) => each.row?.of === of, { what: 'the row, found in the record', within: 30000 });
    await cluster.redis.start();
    await eventually(async () => {
        for (const node of [one, other]) assert.equal((await node.http('GET', '/readyz')).body.slower, undefined);
    });
    cluster.redis.flush();
    await secretary.must('reissue_link', of);
    await doctor.frame((each) => each.row?.of === of && each.row.view.seq !== 1, { what: 'moved after FLUSHALL' });
    await secretary.close();
    await doctor.close();
});

test('without the database nothing is promised and nothing lost', async () => {
    const secretary = await one.desk('alix');
    const { of } = await secretary.must('book', one.doctor, next());
    postgres.kill();
    const id = newId();
    const refused = await secretary.ask('reissue_link', of, undefined, { id });
    assert.equal(refused.refused, 'try_again', JSON.stringify(refused));
    await eventually(async () => assert.equal((await one.http('GET', '/readyz')).status, 503));
    postgres.start();
    /* the same button, the same id */
    await eventually(async () => assert.ok((await secretary.ask('reissue_link', of, undefined, { id })).ok));
    await eventually(async () => {
        for (const node of [one, other]) assert.equal((await node.http('GET', '/readyz')).status, 200);
    });
    assert.equal(postgres.sql(cluster.database, 'SELECT count(*) FROM (SELECT command FROM event GROUP BY command HAVING count(DISTINCT stream) > 3) AS doubled'), '0');
    await secretary.close();
});
