// Starts the demo clinic as `make run` does, on data of its own, and reads what it
// prints; with several nodes, as `make cluster` does. kill(name) ends one of its processes the hard way; the demo starts it
// again, as a service manager would.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { admin } from '../../../deploy/demo/clinic.mjs';
import { Desk } from '../../../deploy/demo/desk.mjs';
import { ZONE } from '../../zone.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
const BUILD = process.env.BUILD ?? 'build';
const START_MS = 60_000;

let nextPort = 18_080;

/* Whether there is a process of this number. */
export const lives = (pid) => {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
};

export async function startClinic({ sanitized = false, cluster = false, data, env = {} } = {}) {
    const own = data ?? (await mkdtemp(join(tmpdir(), 'vestibule-e2e-')));
    const port = nextPort;
    nextPort += 100;
    const child = spawn(process.execPath, [`deploy/demo/${cluster ? 'cluster' : 'demo'}.mjs`], {
        cwd: ROOT,
        env: {
            ...process.env,
            HOST: '',
            DATA: own,
            PORT: String(port),
            TIME_ZONE: ZONE,
            BUILD: resolve(ROOT, sanitized ? join(BUILD, 'san') : BUILD),
            ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = [];
    let kills = 0;
    const ended = new Promise((done) => child.once('exit', done));
    const clinic = {
        data: own,
        folders: [], // all it keeps anything in
        port,
        said,
        relayPort: port + 4,
        secretary: undefined,
        doctors: [],
        patients: [],
        mailbox: undefined,
        password: undefined,
        birth: undefined,
        pids: async () => JSON.parse(await readFile(join(own, 'run.json'), 'utf8')),
        /* What arrived in the mailbox; by address, for Node looks localhost's
         * subdomains up and finds none. */
        async messages() {
            const url = new URL('/api/messages', clinic.mailbox);
            url.hostname = '127.0.0.1';
            return (await fetch(url)).json();
        },
        /* Somebody of the staff over the protocol, where a browser adds nothing. */
        async desk(login) {
            const origin = new URL(clinic.secretary.url).origin;
            const desk = new Desk({ api: `http://127.0.0.1:${port}`, origin });
            await desk.signIn(login ?? clinic.secretary.login, clinic.password);
            await desk.connect();
            return desk;
        },
        /* Books at the first free time from `inMin` minutes on; {visit, url}. */
        async book({ doctor = 0, inMin = 2, fee = 2500, given = 'Claude', ...more } = {}) {
            const desk = await clinic.desk();
            const practitioner = desk.me.practitioners[doctor];
            let start_ms = Math.ceil(desk.me.now_ms / 60_000 + inMin) * 60_000;
            for (;; start_ms += 60_000) {
                const answer = await desk.ask(practitioner.id, 'book', {
                    family: 'ESSAI',
                    given,
                    birth: clinic.birth,
                    sex: 'female',
                    mobile: '+33639980009',
                    who_connects: 'patient',
                    contact_of: 'patient',
                    reason: practitioner.reasons[0],
                    locale: 'fr',
                    start_ms,
                    duration_min: 5,
                    fee_max_minor: fee,
                    currency: 'EUR',
                    nothing_due: fee === 0,
                    ...more,
                });
                if (answer.refused === 'overlap') continue;
                desk.close();
                if (!answer.ok) throw new Error(`booking: ${answer.refused}`);
                return { visit: answer.of, url: await clinic.link(answer.of) };
            }
        },
        async link(consultation) {
            return (await clinic.ways(consultation)).find((word) => word.startsWith('http'));
        },
        /* The eight characters that stand on the letter. */
        async code(consultation) {
            const words = await clinic.ways(consultation);
            return words[words.indexOf('code') + 1];
        },
        async ways(consultation) {
            const program = resolve(ROOT, sanitized ? join(BUILD, 'san') : BUILD, 'vestibule');
            const settings = { root: ROOT, config: join(own, cluster ? 'vestibule-one.conf' : 'vestibule.conf') };
            return (await admin(program, settings, ['link', { consultation }])).split(/\s+/);
        },
        async kill(name) {
            kills++;
            process.kill((await clinic.pids())[name], 'SIGKILL');
        },
        /* signal: as from the keyboard; keep: the data, for another start on it. */
        async stop({ signal = 'SIGTERM', keep = false } = {}) {
            if (child.exitCode === null) child.kill(signal);
            await ended;
            const deaths = said.filter((line) => / ended \(/.test(line));
            if (deaths.length > kills) throw new Error(deaths.join('\n'));
            for (const folder of keep ? [] : clinic.folders) await rm(folder, { recursive: true, force: true });
        },
    };
    const ready = new Promise((done, fail) => {
        const timer = setTimeout(
            () => fail(new Error(`the demo did not start:\n${said.join('\n')}`)),
            START_MS,
        );
        child.once('exit', (code) => fail(new Error(`the demo ended (${code}):\n${said.join('\n')}`)));
        const hear = (line) => {
            said.push(line);
            const [word, ...rest] = line.split(' ');
            const places = / Its data is in (.*);/.exec(line);
            if (places) clinic.folders = places[1].split(' and ');
            if (word === 'secretary') clinic.secretary = { url: rest[0], login: rest[1] };
            if (word === 'doctor') clinic.doctors.push({ url: rest[0], login: rest[1] });
            if (word === 'patient') clinic.patients.push({ url: rest[0] });
            if (word === 'password') clinic.password = rest[0];
            if (word === 'birth') clinic.birth = rest.at(-1);
            if (word === 'mailbox') {
                clinic.mailbox = rest[0];
                clearTimeout(timer);
                done();
            }
        };
        createInterface({ input: child.stdout }).on('line', hear);
        createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    });
    try {
        await ready;
    } catch (error) {
        child.kill('SIGKILL');
        throw error;
    }
    return clinic;
}
