/*
 * house: the real `vestibule` on a folder of its own, for tests that speak the
 * browser protocol. Every frame in both directions is held against the schemas.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import WebSocket from 'ws';
import { ZONE } from '../zone.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = join(root, process.env.BUILD ?? 'build');
export const schemas = join(root, 'docs/schemas');

export function program() {
    const sanitized = join(build, 'san/vestibule');
    return process.env.VESTIBULE ?? (existsSync(sanitized) ? sanitized : join(build, 'vestibule'));
}

export function newId() {
    return randomBytes(16).toString('base64url');
}

/* ---- schemas --------------------------------------------------------------- */

function compiled() {
    const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
    const read = (name) => JSON.parse(readFileSync(join(schemas, name), 'utf8'));
    ajv.addSchema(read('common.json'));
    ajv.addSchema(read('view.json'));
    ajv.addSchema(read('server.json'));
    ajv.addSchema(read('page.json'));
    return ajv;
}
const ajv = compiled();
const base = 'https://vestibule.invalid/schemas/';

/* Which shape a frame of the server's claims to be, so that what is wrong with
 * it is told for that shape and not for all. */
function shapeOf(frame) {
    if ('re' in frame) {
        if ('refused' in frame) return 'refused';
        if ('url' in frame && 'code' in frame) return 'guest_link';
        for (const name of ['answer', 'ice', 'rows', 'url']) if (name in frame) return name;
        return 'done';
    }
    if ('row' in frame) return 'changed_row';
    if ('now' in frame) return 'presence';
    const names = 'me view board chat note lines elsewhere fenced signed_out again slots media picture quality heard line incidents';
    return names.split(' ').find((name) => name in frame);
}

export function checkServerFrame(frame) {
    const shape = shapeOf(frame);
    if (!shape) throw new Error(`a frame of no known shape: ${JSON.stringify(frame)}`);
    const validate = ajv.getSchema(`${base}server.json#/$defs/${shape}`);
    if (!validate(frame))
        throw new Error(`${ajv.errorsText(validate.errors)} in ${JSON.stringify(frame)}`);
    if ('view' in frame) checkView(frame.view);
}

export function checkView(view, role) {
    const named = role ?? ('guest_step' in view ? 'guest' : 'step' in view ? 'patient' : 'place' in view ? 'doctor' : 'secretary');
    const validate = ajv.getSchema(`${base}view.json#/$defs/${named}`);
    if (!validate(view)) throw new Error(`${named}: ${ajv.errorsText(validate.errors)}`);
}

export function checkPageFrame(frame) {
    const members = ajv.getSchema(`${base}page.json#/$defs/${frame.do}`);
    if (!members) throw new Error(`no schema for ${frame.do}`);
    if (!members(frame.with ?? {})) throw new Error(`${frame.do}: ${ajv.errorsText(members.errors)}`);
}

/* ---- one page -------------------------------------------------------------- */

export class Page {
    frames = [];
    problems = [];
    closed = undefined;
    #waiting = new Set();

    constructor(house, path, { cookie, origin = house.origin, protocol = 'vestibule.1', page } = {}) {
        this.house = house;
        const headers = cookie ? { cookie } : {};
        const query = page ? `?page=${page}` : '';
        this.ws = new WebSocket(`ws://${house.address}:${house.port}${path}${query}`, protocol, {
            origin,
            headers: { ...headers, host: house.host },
            perMessageDeflate: true,
        });
        this.opened = new Promise((resolve, reject) => {
            this.ws.once('open', () => resolve(this));
            this.ws.once('unexpected-response', (_, answer) => {
                answer.resume();
                reject(Object.assign(new Error(`refused ${answer.statusCode}`), { status: answer.statusCode }));
            });
            this.ws.once('error', reject);
        });
        this.opened.catch(() => undefined);
        this.ws.on('error', () => undefined);
        this.ws.on('message', (data, binary) => this.#heard(data, binary));
        this.gone = new Promise((resolve) => {
            this.ws.once('close', (code) => {
                this.closed = code;
                this.#wake();
                resolve(code);
            });
        });
    }

    #heard(data, binary) {
        const frame = JSON.parse(data.toString('utf8'));
        if (binary) this.problems.push('a binary frame');
        try {
            checkServerFrame(frame);
        } catch (error) {
            this.problems.push(error.message);
        }
        this.frames.push(frame);
        this.#wake();
    }

    #wake() {
        for (const check of this.#waiting) check();
    }

    /* The first frame from `from` on that fits; fails when none came in time. */
    frame(fits, { what = fits.toString(), from = 0, within = 10000 } = {}) {
        return new Promise((resolve, reject) => {
            let at = from;
            const done = (result, error) => {
                clearTimeout(timer);
                this.#waiting.delete(check);
                error ? reject(error) : resolve(result);
            };
            const tell = (why) =>
                new Error(`${why}: ${what}\nlast: ${this.frames.slice(-4).map((each) => JSON.stringify(each).slice(0, 300)).join('\n')}`);
            const check = () => {
                while (at < this.frames.length) {
                    const frame = this.frames[at++];
                    if (fits(frame)) return done(frame);
                }
                if (this.closed !== undefined) done(undefined, tell(`closed ${this.closed}`));
            };
            const timer = setTimeout(() => done(undefined, tell('never came')), within);
            this.#waiting.add(check);
            check();
        });
    }

    /* The newest view of a visit that fits, past or to come. */
    async view(fits, what, of) {
        const past = this.frames.filter((each) => each.view && (!of || each.of === of)).at(-1);
        if (past && fits(past.view)) return past.view;
        const found = await this.frame((each) => each.view && (!of || each.of === of) && fits(each.view), {
            what: what ?? fits.toString(),
            from: this.frames.length,
        });
        return found.view;
    }

    raw(text) {
        this.ws.send(text);
    }

    /* Sends a frame and waits for its answer. */
    async ask(verb, of, members, { id = newId(), check = true } = {}) {
        const frame = { id, do: verb, ...(of ? { of } : {}), ...(members ? { with: members } : {}) };
        if (check) checkPageFrame(frame);
        const from = this.frames.length;
        this.raw(JSON.stringify(frame));
        return this.frame((each) => each.re === id, { what: `the answer to ${verb}`, from });
    }

    /* The same, and it has to be done. */
    async must(verb, of, members, options) {
        const answer = await this.ask(verb, of, members, options);
        if (!answer.ok) throw new Error(`${verb}: ${JSON.stringify(answer)}`);
        return answer;
    }

    async close() {
        this.ws.close(1000);
        await this.gone;
    }

    /* As a phone that loses its network: no goodbye. */
    drop() {
        this.ws.terminate();
    }
}

/* ---- the house ------------------------------------------------------------- */

async function freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

export class House {
    static async start(settings = {}) {
        const house = new House();
        house.folder = mkdtempSync(join(tmpdir(), 'vestibule-wire-'));
        house.port = await freePort();
        house.host = `localhost:${house.port}`;
        house.origin = `http://${house.host}`;
        writeFileSync(join(house.folder, 'key'), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
        const all = {
            listen: `127.0.0.1:${house.port}`,
            origin: house.origin,
            database: join(house.folder, 'vestibule.db'),
            master_key: join(house.folder, 'key'),
            web_root: join(root, 'web/dist'),
            sign_in_per_minute: 10000,
            claim_per_minute: 10000,
            connect_per_minute: 10000,
            log: 'notice',
            ...settings,
        };
        house.config = join(house.folder, 'vestibule.conf');
        const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
        writeFileSync(house.config, `# a test's\n${lines.join('\n')}\n`);
        return house;
    }

    log = '';
    address = '127.0.0.1';

    async serve(...more) {
        const child = spawn(this.program ?? program(), ['--config', this.config, ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
        this.child = child;
        process.once('exit', () => child.kill('SIGKILL')); /* also when a test fell over */
        this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
        child.stderr.setEncoding('utf8');
        await new Promise((resolve, reject) => {
            child.stderr.on('data', (text) => {
                this.log += text;
                if (/serving address/.test(this.log)) resolve();
            });
            this.exited.then(({ code }) => reject(new Error(`vestibule ended with ${code}: ${this.log}`)));
        });
        return this;
    }

    /* A power cut. */
    async kill() {
        this.child.kill('SIGKILL');
        await this.exited;
        this.log = '';
    }

    async restart() {
        await this.kill();
        await this.serve();
    }

    async stop() {
        if (!this.child || this.child.exitCode !== null || this.child.signalCode) return undefined;
        this.child.kill('SIGTERM');
        return this.exited;
    }

    async end() {
        const how = await this.stop();
        rmSync(this.folder, { recursive: true, force: true });
        return how;
    }

    /* The command line; what it printed. */
    async admin(args, input = '') {
        const child = spawn(program(), ['--config', this.config, 'admin', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
        let out = '';
        let err = '';
        child.stdout.on('data', (text) => (out += text));
        child.stderr.on('data', (text) => (err += text));
        child.stdin.on('error', () => undefined); /* it may end without reading */
        child.stdin.end(input);
        const code = await new Promise((resolve) => child.once('exit', resolve));
        if (code !== 0) throw new Error(`admin ${args.join(' ')}: ${code} ${out} ${err}`);
        return out.trim();
    }

    /* A clinic with two doctors and a secretary. */
    async furnish() {
        const idOf = (text) => text.match(/[A-Za-z0-9_-]{22}/)[0];
        const clinic = idOf(
            await this.admin(['add-clinic', '--name', 'Clinique du Port', '--phone', '+33536490000', '--address', '1 quai des Essais, 33000 Bordeaux', '--locale', 'fr', '--time-zone', ZONE]),
        );
        const doctor = async (name, identifier, phone) => {
            const id = idOf(
                await this.admin(['add-practitioner', '--clinic', clinic, '--name', name, '--quality', 'Docteur en médecine', '--speciality', 'Médecine générale', '--identifier', identifier, '--address', '1 quai des Essais, 33000 Bordeaux', '--phone', phone, '--mail', 'cabinet@example.org']),
            );
            await this.admin(['add-reason', '--practitioner', id, '--reason', 'Suivi']);
            return id;
        };
        this.clinic = clinic;
        this.doctor = await doctor('Dr Camille Exemple', '10000000001', '+33536490001');
        this.otherDoctor = await doctor('Dr Dominique Exemple', '10000000002', '+33536490002');
        const staff = (role, login, practitioner) =>
            this.admin(['add-staff', '--clinic', clinic, '--role', role, '--login', login, '--name', login, ...(practitioner ? ['--practitioner', practitioner] : [])], `secret of ${login}\n`);
        await staff('secretary', 'alix');
        await staff('doctor', 'camille', this.doctor);
        await staff('doctor', 'dominique', this.otherDoctor);
        return this;
    }

    /* ---- HTTP ---- */

    async http(method, path, body, { cookie, origin = this.origin, key, headers = {} } = {}) {
        const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
        const answer = await new Promise((resolve, reject) => {
            const asked = request(
                {
                    host: this.address,
                    port: this.port,
                    method,
                    path,
                    agent: false,
                    headers: {
                        host: this.host,
                        ...(origin ? { origin } : {}),
                        ...(cookie ? { cookie } : {}),
                        ...(key ? { 'idempotency-key': key } : {}),
                        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
                        ...headers,
                    },
                },
                resolve,
            );
            asked.once('error', reject);
            asked.end(text);
        });
        const parts = [];
        for await (const part of answer) parts.push(part);
        const bytes = Buffer.concat(parts);
        const setCookie = answer.headers['set-cookie'] ?? [];
        return {
            status: answer.statusCode,
            headers: { get: (name) => answer.headers[name] ?? null },
            setCookie,
            cookie: setCookie.map((each) => each.split(';')[0]).join('; '),
            bytes,
            body: /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(bytes.toString('utf8')) : undefined,
        };
    }

    async signIn(login) {
        const answer = await this.http('POST', '/api/session', { login, password: `secret of ${login}` });
        if (answer.status !== 204) throw new Error(`sign in: ${answer.status} ${JSON.stringify(answer.body)}`);
        return answer.cookie;
    }

    async desk(login, options = {}) {
        const cookie = options.cookie ?? (await this.signIn(login));
        const page = new Page(this, '/ws/desk', { ...options, cookie });
        await page.opened;
        page.me = (await page.frame((each) => each.me, { what: 'me' })).me;
        page.cookie = cookie;
        return page;
    }

    /* ---- a patient's way in ---- */

    async linkOf(visit) {
        const out = await this.admin(['link', '--consultation', visit]);
        return out.match(/\/v\/([A-Za-z0-9_-]+)/)[1];
    }

    async claim(token, birth = { year: 1954, month: 7, day: 14 }, options = {}) {
        return this.http('POST', '/api/link/claim', { token, ...birth }, options);
    }

    /* A guest who was invited, by link and code; not a page yet. */
    async claimGuest(staff, visit, guest) {
        const { url, code } = await staff.must('guest_link', visit, { guest });
        const token = url.match(/\/v\/([A-Za-z0-9_-]+)$/)[1];
        return this.http('POST', '/api/link/guest', { token, code });
    }

    async guest(visit, guest, cookie, options = {}) {
        const page = new Page(this, `/ws/guest/${visit}/${guest}`, { ...options, cookie });
        await page.opened;
        page.me = (await page.frame((each) => each.me, { what: 'me' })).me;
        page.cookie = cookie;
        return page;
    }

    async patient(visit, cookie, options = {}) {
        const page = new Page(this, `/ws/visit/${visit}`, { ...options, cookie });
        await page.opened;
        page.me = (await page.frame((each) => each.me, { what: 'me' })).me;
        page.cookie = cookie;
        return page;
    }
}

/* ---- a visit's data -------------------------------------------------------- */

export function booking(more = {}) {
    return {
        family: 'Exemple',
        given: 'Jeanne',
        birth: '1954-07-14',
        sex: 'female',
        mobile: '+33639980001',
        who_connects: 'patient',
        contact_of: 'patient',
        reason: 'Suivi',
        start_ms: Math.floor(Date.now() / 60000) * 60000 + 5 * 60000,
        duration_min: 15,
        fee_max_minor: 3000,
        currency: 'EUR',
        ...more,
    };
}

/* The clinic's calendar day of a moment. */
export function dayOf(ms) {
    return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(ms);
}
