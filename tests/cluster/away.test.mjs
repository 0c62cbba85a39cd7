/* What goes on while PostgreSQL or Redis is away: people go on talking, whoever needs
 * a new line gets one, calls begin, and nobody hears whom they may not hear
 * (werift's sound through two relays, two nodes and the proxy). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pause } from '../chaos/person.mjs';
import { Scene } from '../chaos/scene.mjs';
import { Visit } from '../chaos/visit.mjs';
import { eventually } from './cluster.mjs';

const LEASES_MS = 20000; /* by then nobody remembers what Redis carried */
const OVERHEARD_MS = 1500; /* of sound that nobody may hear */
let scene;
let talking;
let put;
let late;

const doctorOf = ({ doctor }) => doctor.person;
const voicesOf = (visit) => [visit.patient.voice, doctorOf(visit).voice];
const isHeard = async (visit) => (await Promise.all(voicesOf(visit).map((voice) => voice.flows()))).every(Boolean);
const admit = (visit) => doctorOf(visit).must('admit', visit.of);
const areHeard = (...visits) => eventually(async () => assert.ok((await Promise.all(visits.map(isHeard))).every(Boolean)));

/* Whose patient comes to this node, past the proxy. */
const by = (node) => Object.create(scene, { proxy: { value: { port: node.port } } });

before(async () => {
    scene = await Scene.open(1);
    await scene.furnish();
    [talking, put] = [0, 1].map((number) => new Visit(scene, number));
    late = [5, 9].map((number, i) => new Visit(by(scene.nodes[i]), number)); /* of the second doctor, too */
    await Promise.all([talking, put, ...late].map((visit) => visit.come()));
    await Promise.all([talking, put].map(admit));
    await areHeard(talking, put);
});

after(async () => {
    for (const visit of [talking, put, ...(late ?? [])]) visit?.patient?.close();
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

test('without Redis pages of two nodes still find each other', async () => {
    await scene.redis.kill();
    try {
        await pause(LEASES_MS);
        /* one of the two is at the other node than the doctor */
        for (const visit of late) {
            await admit(visit);
            await areHeard(visit, talking);
            await doctorOf(visit).must('put_back', visit.of);
        }
    } finally {
        await scene.redis.start();
    }
    await eventually(async () => assert.ok((await Promise.all(scene.nodes.map((node) => scene.ready(node)))).every(Boolean)));
    assert.ok(await isHeard(talking));
});
