// Starts programs, starts again what dies, and stops all of them together. Each
// runs in a process group of its own, so that Ctrl-C reaches only the launcher,
// which then ends them in order. What they say goes to a log file each.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const AGAIN_MS = 300; // before a dead one is started again
const DEATHS_MAX = 5; // within
const DEATHS_MS = 15000; // this time: then it is hopeless
const STOP_MS = 8000; // to end by itself
const LAST_WORDS = 15; // lines of its log, shown when it cannot be kept alive

export class Processes {
    #all = new Map(); // name -> { options, child, deaths, stopped }
    #stopping = false;

    // file: where {name: pid} is kept for whoever wants to look; fatal: called with
    // a sentence when one cannot be kept alive.
    constructor({ cwd, file, logs, fatal }) {
        this.cwd = cwd;
        this.file = file;
        this.logs = logs;
        this.fatal = fatal;
        mkdirSync(logs, { recursive: true, mode: 0o700 });
    }

    // Resolves when it is ready: when ready(line) was true for a line it said,
    // or when ready is left out, at once. Rejects when it ends before. as: { uid, gid }
    // of whom it runs as, where that is somebody else; stop: the signal that ends it.
    start(name, command, args, { env = {}, ready, as = {}, stop = 'SIGTERM' } = {}) {
        const path = join(this.logs, `${name}.log`);
        const log = createWriteStream(path, { mode: 0o600 });
        const entry = { name, command, args, env, ready, as, stop, log, last: [], deaths: [] };
        this.#all.set(name, entry);
        return this.#spawn(entry);
    }

    isAlive(name) {
        const child = this.#all.get(name)?.child;
        return child !== undefined && child.exitCode === null && child.signalCode === null;
    }

    async stop() {
        this.#stopping = true;
        // The last one started is the first to go.
        for (const entry of [...this.#all.values()].reverse()) await this.#end(entry);
    }

    #spawn(entry) {
        return new Promise((done, fail) => {
            const child = spawn(entry.command, entry.args, {
                cwd: this.cwd,
                env: { ...process.env, ...entry.env },
                ...entry.as,
                stdio: ['ignore', 'pipe', 'pipe'],
                detached: true,
            });
            entry.child = child;
            child.once('error', fail);
            child.once('spawn', () => {
                this.#note();
                if (!entry.ready) done();
            });
            child.once('close', (code, signal) => {
                const why = signal ? `signal ${signal}` : `status ${code}`;
                fail(new Error([`${entry.name} ended (${why})`, ...entry.last].join('\n')));
                this.#died(entry, why);
            });
            for (const stream of [child.stdout, child.stderr])
                createInterface({ input: stream }).on('line', (line) => {
                    entry.log.write(`${line}\n`);
                    entry.last = [...entry.last, line].slice(-LAST_WORDS);
                    if (entry.ready?.(line)) done();
                });
        });
    }

    #died(entry, why) {
        if (this.#stopping) return;
        const now = Date.now();
        entry.deaths = [...entry.deaths.filter((at) => now - at < DEATHS_MS), now];
        if (entry.deaths.length >= DEATHS_MAX) {
            const sentence = `${entry.name} ended ${DEATHS_MAX} times (${why}); giving up.`;
            this.fatal([sentence, ...entry.last].join('\n'));
            return;
        }
        process.stderr.write(`demo: ${entry.name} ended (${why}); starting it again\n`);
        setTimeout(() => {
            if (!this.#stopping) this.#spawn(entry).catch(() => {}); // reported by #died
        }, AGAIN_MS);
    }

    #end(entry) {
        return new Promise((done) => {
            const { child } = entry;
            if (!this.isAlive(entry.name)) return done();
            const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
            child.once('exit', () => {
                clearTimeout(timer);
                done();
            });
            child.kill(entry.stop);
        });
    }

    #note() {
        const pids = {};
        for (const [name, { child }] of this.#all) if (child?.pid) pids[name] = child.pid;
        writeFileSync(`${this.file}.new`, JSON.stringify(pids));
        renameSync(`${this.file}.new`, this.file);
    }
}
