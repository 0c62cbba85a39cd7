/*
 * relays: the relays of the house, each of which may die and come back under the
 * name and at the address it had, as systemd would have it.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { program } from '../wire/house.mjs';
import { roomsOf } from './rooms.mjs';

const COUNT = 2;
const RESTART_MS = 100; /* as systemd's RestartSec */
const DRAIN_S = 3;

export class Relays {
    constructor(folder, died, roll) {
        const first = 20000 + roll(20000);
        this.all = Array.from({ length: COUNT }, (_, i) => ({ name: `relay${i}`, control: join(folder, `relay${i}`), port: first + 10 * i }));
        this.setting = this.all.map((each) => each.control).join(', ');
        this.died = died;
    }

    start(relays = this.all) {
        for (const each of relays) this.#run(each);
    }

    #run(relay) {
        const args = ['--name', relay.name, '--control', relay.control, '--listen', `127.0.0.1:${relay.port}`, '--workers', '1', '--drain', String(DRAIN_S)];
        const child = spawn(join(dirname(program()), 'vestibule-relay'), args, { stdio: 'ignore' });
        process.once('exit', () => child.kill('SIGKILL'));
        child.once('exit', (code, signal) => signal === 'SIGKILL' || relay.leaving || this.died(`relay: ${code} ${signal}`));
        relay.child = child;
    }

    async kill(relay) {
        const gone = new Promise((resolve) => relay.child.once('exit', resolve));
        relay.child.kill('SIGKILL');
        await gone;
    }

    async restart(relay, away = RESTART_MS) {
        await this.kill(relay);
        await new Promise((resolve) => setTimeout(resolve, away));
        this.#run(relay);
    }

    /* In peace: it keeps whom it has until they moved; how it ended. */
    async replace(relay) {
        relay.leaving = true;
        const gone = new Promise((resolve) => relay.child.once('exit', (code, signal) => resolve({ code, signal })));
        relay.child.kill('SIGTERM');
        const how = await gone;
        relay.leaving = false;
        this.#run(relay);
        return how;
    }

    /* What each has open. */
    rooms() {
        return Promise.all(this.all.map((each) => roomsOf(each.control)));
    }

    async end() {
        await Promise.all(this.all.map((each) => this.kill(each)));
    }
}
