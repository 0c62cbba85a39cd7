/*
 * scene: the house in which things break: two nodes behind a proxy that share
 * PostgreSQL, Redis and relays, the people in it, and chance, which is repeatable by its seed as
 * far as the machine allows.
 */
import { join } from 'node:path';
import { Apart, HERE, ports, THERE } from './apart.mjs';
import { Cluster, freePort } from '../cluster/cluster.mjs';
import { movableClock } from '../e2e/lib/clock.mjs';
import { House } from '../wire/house.mjs';
import { Database } from './database.mjs';
import { Person } from './person.mjs';
import { Proxy } from './proxy.mjs';
import { Record } from './record.mjs';
import { Relays } from './relays.mjs';
import { Voices } from './voice.mjs';

export const CLOCKED = 1; /* the node whose clock can be moved */
const SPEAKING = 2; /* doctors whose visits have sound */
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
    ended = new Map(); /* of -> when its end was acknowledged */
    #fall;
    died = [];
    /* Rejected when a part ends by itself: nothing that is awaited may ever come. */
    fell = new Promise((_, reject) => (this.#fall = reject));
    isLong = false; /* a long fault is under way: talks go on */

    die(how) {
        this.died.push(how);
        this.#fall(new Error(how));
    }

    /* apart: the second node runs on a host of its own (apart.mjs) */
    static async open(seed, { apart = false } = {}) {
        const scene = new Scene();
        scene.fell.catch(() => undefined); /* who waits for nothing need not hear it */
        scene.random = chance(seed);
        scene.roll = (sides) => Math.floor(scene.random() * sides);
        process.setMaxListeners(0); /* each start leaves one on exit */
        scene.clock = movableClock();
        if (apart) scene.apart = await Apart.start(scene.clock.env.BUILD);
        scene.relays = await Relays.open(scene.clock.env.BUILD, (how) => scene.die(how), scene.apart);
        scene.cluster = await Cluster.start(2, { opens_before_minutes: 1440, trusted_proxies: '127.0.0.1', relay: scene.relays.setting }, { [CLOCKED]: join(scene.clock.env.BUILD, 'vestibule') });
        scene.nodes = scene.cluster.nodes;
        scene.redis = scene.cluster.redis;
        scene.database = new Database(scene.cluster.database);
        if (apart) await scene.#moveAway(scene.nodes[CLOCKED]);
        for (const node of scene.nodes) scene.#keep(node);
        scene.relays.start();
        scene.host = scene.nodes[0].host;
        scene.origin = scene.nodes[0].origin;
        scene.proxy = new Proxy(await freePort(), scene.nodes.map((node) => `${node.address}:${node.port}`), (how) => scene.die(how));
        await scene.proxy.start();
        scene.voices = new Voices();
        return scene;
    }

    /* To the second host, which reaches everything by network. */
    async #moveAway(node) {
        await node.kill();
        await this.database.open(HERE, Apart.admit);
        await this.redis.kill();
        this.redis.network = ['--bind', HERE, '--port', String(ports.Redis), '--protected-mode', 'no'];
        await this.redis.start();
        this.apart.open(node.port);
        node.address = THERE;
        node.program = this.apart.program(node.program, 'vestibule-apart');
        const settings = this.apart.settings(this.cluster.database, node.port);
        node.serve = (...more) => House.prototype.serve.call(node, ...settings, ...more);
        await node.serve();
    }

    /* Nobody but us ends a process. */
    #keep(node) {
        const child = node.child;
        child.once('exit', (code, signal) => signal === 'SIGKILL' || node.stopping || this.die(`node ${this.nodes.indexOf(node)}: ${code} ${signal}\n${node.log.slice(-4000)}`));
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
        for (const [login, id] of Object.entries(ids)) {
            const person = await this.desk(login);
            const speaks = this.doctors.length < SPEAKING;
            if (speaks) this.voices.join(person, id);
            this.doctors.push({ id, person, speaks, free: Promise.resolve() });
        }
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
        await this.proxy.end();
        await this.relays.end();
        this.voices.end();
        this.apart?.end();
        this.clock.release();
        return hows;
    }
}
