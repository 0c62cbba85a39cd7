/*
 * scene: the house in which things break: two nodes that share PostgreSQL, Redis
 * and a relay, the people in it, and chance, which is repeatable by its seed as
 * far as the machine allows.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { Cluster } from '../cluster/cluster.mjs';
import { movableClock } from '../e2e/lib/clock.mjs';
import { program } from '../wire/house.mjs';
import { Database } from './database.mjs';
import { Person } from './person.mjs';
import { Record } from './record.mjs';

export const CLOCKED = 1; /* the node whose clock can be moved */
const RESTART_MS = 100; /* as systemd's RestartSec */

/* mulberry32 */
function chance(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}

export class Scene {
    record = new Record();
    live = new Set(); /* visits between their claim and their end */
    over = []; /* ids of visits that were played to their end */
    died = [];

    static async open(seed) {
        const scene = new Scene();
        scene.random = chance(seed);
        scene.roll = (sides) => Math.floor(scene.random() * sides);
        process.setMaxListeners(0); /* each start leaves one on exit */
        scene.clock = movableClock();
        scene.cluster = await Cluster.start(2, { opens_before_minutes: 1440, relay: join(scene.clock.env.BUILD, 'relay') }, { [CLOCKED]: join(scene.clock.env.BUILD, 'vestibule') });
        scene.nodes = scene.cluster.nodes;
        scene.redis = scene.cluster.redis;
        scene.database = new Database(scene.cluster.database);
        for (const node of scene.nodes) scene.#keep(node);
        scene.startRelay();
        return scene;
    }

    /* Nobody but us ends a process. */
    #keep(node) {
        const child = node.child;
        child.once('exit', (code, signal) => signal === 'SIGKILL' || node.stopping || this.died.push(`node ${this.nodes.indexOf(node)}: ${code} ${signal}\n${node.log.slice(-4000)}`));
    }

    startRelay() {
        const port = 20000 + this.roll(20000);
        const child = spawn(join(dirname(program()), 'vestibule-relay'), ['--control', join(this.clock.env.BUILD, 'relay'), '--listen', `127.0.0.1:${port}`, '--workers', '1'], { stdio: 'ignore' });
        process.once('exit', () => child.kill('SIGKILL'));
        child.once('exit', (code, signal) => signal === 'SIGKILL' || this.died.push(`relay: ${code} ${signal}`));
        this.relay = child;
    }

    async killRelay() {
        const gone = new Promise((resolve) => this.relay.once('exit', resolve));
        this.relay.kill('SIGKILL');
        await gone;
    }

    /* As systemd would: again and again. */
    async restart(node) {
        for (let tries = 0; ; tries++) {
            await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
            try {
                await node.serve();
                return this.#keep(node);
            } catch (error) {
                if (tries > 100) throw error;
            }
        }
    }

    ready(node) {
        return node.http('GET', '/readyz').then((answer) => answer.status === 200 && !answer.body?.slower, () => false);
    }

    async desk(login) {
        return new Person(this, login, '/ws/desk', await this.nodes[0].signIn(login));
    }

    async furnish() {
        const [node] = this.nodes;
        /* beyond every clock, and every waiting room is open */
        this.firstSlot = Math.ceil(Date.now() / 60000 + 70) * 60000;
        const ids = { camille: node.doctor, dominique: node.otherDoctor, andrea: await this.#employ('andrea', '10000000003'), noa: await this.#employ('noa', '10000000004') };
        await Promise.all(this.nodes.map((each) => each.kill().then(() => this.restart(each)))); /* they read who works here */
        this.secretary = await this.desk('alix');
        this.doctors = [];
        for (const [login, id] of Object.entries(ids)) this.doctors.push({ id, person: await this.desk(login), free: Promise.resolve() });
    }

    async #employ(login, identifier) {
        const [node] = this.nodes;
        const said = await node.admin(['add-practitioner', '--clinic', node.clinic, '--name', `Dr ${login} Exemple`, '--quality', 'Docteur en médecine', '--speciality', 'Médecine générale', '--identifier', identifier, '--address', '1 quai des Essais, 33000 Bordeaux', '--phone', '+33536490003', '--mail', 'cabinet@example.org']);
        const [id] = said.match(/[A-Za-z0-9_-]{22}/);
        await node.admin(['add-reason', '--practitioner', id, '--reason', 'Suivi']);
        await node.admin(['add-staff', '--clinic', node.clinic, '--role', 'doctor', '--login', login, '--name', login, '--practitioner', id], `secret of ${login}\n`);
        return id;
    }

    people() {
        return [this.secretary, ...this.doctors.map((each) => each.person), ...[...this.live].map((each) => each.patient)];
    }

    async close() {
        for (const each of [this.secretary, ...(this.doctors ?? []).map((doctor) => doctor.person)]) each?.close();
        for (const node of this.nodes) node.stopping = true;
        const hows = await this.cluster.end();
        await this.killRelay();
        this.clock.release();
        return hows;
    }
}
