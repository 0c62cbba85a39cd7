/* Two nodes, two relays, real pages: a call goes on at the other relay when its
 * own dies, and whoever waits leaves one that drains. The patient's page is at one
 * node, the doctor's at the other. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium, until } from '../e2e/lib/browsers.mjs';
import * as people from '../e2e/lib/people.mjs';
import { address, Control } from '../relay/relay.mjs';
import { booking, program } from '../wire/house.mjs';
import { Cluster } from './cluster.mjs';

process.setMaxListeners(30); /* each program that is started adds one */

const WAIT = 60_000;
const DRAIN_S = 180;
const BIRTH = '1954-07-14';

class Relay {
    constructor(name, port) {
        this.name = name;
        this.folder = mkdtempSync(join(tmpdir(), 'vestibule-relay-'));
        this.path = join(this.folder, 'control');
        this.port = port;
    }

    async start() {
        rmSync(this.path, { force: true });
        const args = ['--control', this.path, '--name', this.name, '--listen', `${address}:${this.port}`, '--workers', '1', '--drain', String(DRAIN_S)];
        this.child = spawn(join(dirname(program()), 'vestibule-relay'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
        const { child } = this;
        process.once('exit', () => child.kill('SIGKILL')); /* also when a test fell over */
        this.ended = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
        await new Promise((done, fail) => {
            child.stderr.on('data', (text) => /relay serves/.test(text) && done());
            this.ended.then((how) => fail(new Error(`relay ended: ${how}`)));
        });
        this.control = await Control.connect(this.path);
    }

    async kill() {
        this.control.close();
        this.child.kill('SIGKILL');
        await this.ended;
    }

    /* How many pages are there, and how many routes. */
    async holds() {
        const { peers, rooms } = await this.control.do('rooms');
        return { peers: peers.length, routes: rooms.reduce((sum, room) => sum + room.routes.length, 0) };
    }
}

let cluster, west, east, browser, doctor;
let minutes = 0;
const contexts = [];

async function openPage() {
    const context = await browser.newContext({ locale: 'fr-FR', permissions: ['camera', 'microphone'] });
    contexts.push(context);
    return people.openPage(context);
}

before(async () => {
    west = new Relay('west', 21_000);
    east = new Relay('east', 21_010);
    await Promise.all([west.start(), east.start()]);
    cluster = await Cluster.start(2, { relay: `${west.path}, ${east.path}` });
    browser = await launchChromium();
    const [, other] = cluster.nodes;
    doctor = await openPage();
    await people.signIn(doctor, { url: `http://localhost:${other.port}/desk`, login: 'camille' }, 'secret of camille');
    await people.prepareDoctor(doctor);
});

after(async () => {
    await browser?.close();
    for (const how of await cluster.end()) assert.deepEqual(how, { code: 0, signal: null });
    for (const relay of [west, east]) {
        relay.control.close();
        relay.child.kill('SIGKILL');
        rmSync(relay.folder, { recursive: true, force: true });
    }
});

/* A page of somebody who waits in the waiting room. */
async function waitingPatient() {
    const [one] = cluster.nodes;
    const secretary = await one.desk('alix');
    const data = booking();
    data.start_ms += minutes * 60_000;
    data.duration_min = 5;
    data.given = `Jeanne ${'ABC'[minutes / 5]}`;
    minutes += 5;
    const { of } = await secretary.must('book', one.doctor, data);
    await secretary.close();
    const page = await openPage();
    await people.arrive(page, `${one.origin}/v/${await one.linkOf(of)}`, BIRTH);
    return page;
}

/* The relay on which everybody is, and the other one. */
async function where(peers) {
    return until('everybody is on one relay', async () => {
        for (const [relay, other] of [[west, east], [east, west]])
            if (relay.child.exitCode === null && !relay.child.signalCode && (await relay.holds()).peers === peers) return [relay, other];
        return undefined;
    }, (found) => found, WAIT);
}

/* Until both hear again over new connections, in milliseconds, from when
 * what is to bring that about was done. */
async function soundAgain(pages, done) {
    const counts = pages.map((page) => page.evaluate(() => window.testConnections.length));
    const known = await Promise.all(counts);
    await done();
    const begin = Date.now();
    const times = pages.map(async (page, i) => {
        const connections = () => page.evaluate(() => window.testConnections.length);
        const before = known[i];
        await until('sound again', async () => ((await connections()) > before ? people.flowOf(page) : undefined),
            (flow) => flow && flow.soundEnergy > 0, WAIT);
        return Date.now() - begin;
    });
    return Math.max(...(await Promise.all(times)));
}

/* When a node last moved somebody, by its log. */
function movedAt() {
    const lines = cluster.nodes.flatMap((node) => node.log.match(/^\S+(?= level=notice practitioner moved)/gm) ?? []);
    return Math.max(...lines.map((at) => Date.parse(at)));
}

let patient;

test('a relay dies in a call: the call goes on at the other', async (t) => {
    patient = await waitingPatient();
    await doctor.getByRole('button', { name: /^Faire entrer/ }).first().click();
    await people.hears(patient, 'the patient', WAIT);
    await people.hears(doctor, 'the doctor', WAIT);
    const spans = [];
    const moves = [];
    for (let round = 0; round < 3; round++) {
        const [here, there] = await where(2);
        assert.equal((await here.holds()).routes, 2);
        assert.equal((await there.holds()).routes, 0);
        const begin = Date.now();
        spans.push(await soundAgain([patient, doctor], () => here.kill()));
        moves.push(movedAt() - begin);
        await until('the routes are there', () => there.holds(), ({ peers, routes }) => peers === 2 && routes === 2, WAIT);
        await here.start();
    }
    t.diagnostic(`sound again after ${spans.join(', ')} ms; moved after ${moves.join(', ')} ms`);
    assert.ok(Math.max(...spans) < 20_000, spans.join());
});

test('both die, one comes back: the call goes on there', async (t) => {
    const [here, there] = await where(2);
    await Promise.all([here.kill(), there.kill()]);
    t.diagnostic(`sound again after ${await soundAgain([patient, doctor], () => there.start())} ms`);
    await here.start();
    const [now] = await where(2);
    assert.equal(now.name, there.name);
});

test('both nodes are stopped and started in turn: the call does not notice', async () => {
    const connections = (page) => page.evaluate(() => window.testConnections.length);
    const before = await Promise.all([patient, doctor].map(connections));
    for (const node of cluster.nodes) {
        assert.deepEqual(await node.stop(), { code: 0, signal: null });
        await people.hears(patient, 'the patient', WAIT);
        await people.hears(doctor, 'the doctor', WAIT);
        node.log = '';
        await node.serve();
    }
    await doctor.getByText('Connexion perdue. La page').waitFor({ state: 'hidden', timeout: WAIT });
    const [here] = await where(2);
    assert.equal((await here.holds()).routes, 2);
    assert.deepEqual(await Promise.all([patient, doctor].map(connections)), before);
});

test('a relay that drains keeps its call, and loses the practitioner when it ended', async (t) => {
    const [here, there] = await where(2);
    here.child.kill('SIGTERM');
    await people.hears(patient, 'the patient', WAIT);
    await people.hears(doctor, 'the doctor', WAIT);
    assert.equal((await here.holds()).routes, 2);
    await people.endConsultation(doctor, { due: 'Rien', prescription: "Pas d'ordonnance" });
    await until('the doctor is at the other relay', () => there.holds(), ({ peers }) => peers === 1, WAIT);
    const ended = Date.now();
    assert.equal(await here.ended, 0);
    t.diagnostic(`ended ${Date.now() - ended} ms after the call`);
    assert.ok(Date.now() - ended < 30_000, 'long before its deadline');
    here.control.close();
    await here.start();
});

test('who waits leaves a relay that drains at once', async () => {
    patient = await waitingPatient();
    const [here, there] = await where(2);
    const begin = Date.now();
    here.child.kill('SIGTERM');
    here.control.close();
    await until('both are at the other relay', () => there.holds(), ({ peers }) => peers === 2, WAIT);
    assert.equal(await here.ended, 0);
    assert.ok(Date.now() - begin < DRAIN_S * 500, 'long before its deadline');
    await people.waitInRoom(patient);
    await doctor.getByRole('button', { name: /^Faire entrer/ }).first().click();
    await people.hears(patient, 'the patient', WAIT);
    await people.hears(doctor, 'the doctor', WAIT);
    await here.start();
});
