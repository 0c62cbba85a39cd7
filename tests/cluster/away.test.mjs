/* PostgreSQL is away while people talk: they go on talking, and whoever needs a new
 * line gets one, but nobody hears whom they may not hear (werift's
 * sound through two relays, two nodes and the proxy). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pause } from '../chaos/person.mjs';
import { Scene } from '../chaos/scene.mjs';
import { Visit } from '../chaos/visit.mjs';
import { eventually } from './cluster.mjs';

const OVERHEARD_MS = 1500; /* of sound that nobody may hear */
let scene;
let talking;
let put;

const doctorOf = ({ doctor }) => doctor.person;
const voicesOf = (visit) => [visit.patient.voice, doctorOf(visit).voice];
const isHeard = async (visit) => (await Promise.all(voicesOf(visit).map((voice) => voice.flows()))).every(Boolean);
const admit = (visit) => doctorOf(visit).must('admit', visit.of);
const areHeard = (...visits) => eventually(async () => assert.ok((await Promise.all(visits.map(isHeard))).every(Boolean)));

before(async () => {
    scene = await Scene.open(1);
    await scene.furnish();
    [talking, put] = [0, 1].map((number) => new Visit(scene, number));
    await Promise.all([talking.come(), put.come()]);
    await Promise.all([talking, put].map(admit));
    await areHeard(talking, put);
});

after(async () => {
    talking?.patient?.close();
    put?.patient?.close();
    for (const how of (await scene?.close()) ?? []) assert.deepEqual(how, { code: 0, signal: null });
});

test('while PostgreSQL is away a new line brings back who may be heard, and nobody else', async () => {
    await doctorOf(put).must('put_back', put.of);
    await eventually(async () => assert.ok(voicesOf(put).every((voice) => !voice.expected)));
    await scene.database.kill();
    try {
        const began = Date.now();
        for (const visit of [talking, put]) for (const voice of voicesOf(visit)) voice.again();
        await Promise.all(voicesOf(talking).map((voice) => voice.flowsAgain(began, () => true)));
        const lines = voicesOf(put);
        await eventually(() => assert.ok(lines.every((voice) => voice.isTaken)));
        for (const voice of lines) voice.speak(true);
        await pause(OVERHEARD_MS);
        for (const voice of lines) assert.equal(await voice.flows(), false, 'who was put back is heard');
        assert.ok(await isHeard(talking));
    } finally {
        await scene.database.start();
    }
    await talking.say();
});
