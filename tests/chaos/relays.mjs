/*
 * relays: the relays of the house, each of which may die and come back under the
 * name and at the address it had, as systemd would have it.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { freePort } from '../cluster/cluster.mjs';
import { program } from '../wire/house.mjs';
import { roomsOf } from './rooms.mjs';

const COUNT = 2;
const RESTART_MS = 100; /* as systemd's RestartSec */
const DRAIN_S = 3;

export class Relays {
    /* apart: a second host from which they are steered, too */
    static async open(folder, died, apart) {
        const ports = [];
        while (ports.length < COUNT) ports.push(await freePort());
        return new Relays(folder, died, ports, apart);
    }

    constructor(folder, died, ports, apart) {
        this.all = ports.map((port, i) => ({ name: `relay${i}`, control: join(folder, `relay${i}`), port, more: apart?.control(i) ?? [] }));
        this.setting = this.all.map((each) => each.control).join(', ');
        this.died = died;
    }

    start(relays = this.all) {
        for (const each of relays) this.#run(each);
    }

    #run(relay) {
        const args = ['--name', relay.name, '--control', relay.control, '--listen', `127.0.0.1:${relay.port}`, '--workers', '1', '--drain', String(DRAIN_S), ...relay.more];
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
