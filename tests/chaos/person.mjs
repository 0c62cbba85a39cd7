/*
 * person: somebody's page by protocol, as stubborn as ours are: it takes what
 * the proxy gives it, leaves what is silent, and sends what was not
 * answered again under the same id. What it is told goes into the record.
 */
import { request } from 'node:http';
import WebSocket from 'ws';
import { checkPageFrame, checkServerFrame, newId } from '../wire/house.mjs';

const ANSWER_MS = 3000; /* our pages: 8 s; shorter, so that rounds are */
const PING_MS = 1500;
const LOOK_MS = 250;
const AGAIN_MS = 400;
const BACKOFF_MS = [250, 2000]; /* the first and the longest */
const PASSING = new Set(['try_again', 'no_relay']);

const FIRST_MS = [100, 1500]; /* a lost line, the first time */

/* As web/src/shared/backoff.ts, but for the longest. */
export function backoff(tries, random) {
    const ceiling = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** Math.min(tries, 10));
    return ceiling / 2 + (random() * ceiling) / 2;
}

function comeBack(tries, random) {
    return tries === 0 ? FIRST_MS[0] + random() * (FIRST_MS[1] - FIRST_MS[0]) : backoff(tries + 1, random);
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* One HTTP request, until it is answered; the same key each time. */
export async function askSomebody(scene, method, path, body, key) {
    for (let tries = 0; ; tries++) {
        const answer = await askOnce(scene, method, path, body, key).catch((error) => ({ status: error.message }));
        if (answer.status < 500 && answer.body?.code !== 'try_again') return { ...answer, tries };
        scene.record.turned.push(`${path}: ${answer.status}`);
        if (tries > 200) throw new Error(`nobody answered ${path}: ${JSON.stringify(answer)}`);
        await pause(backoff(tries, scene.random));
    }
}

function askOnce(scene, method, path, body, key) {
    return new Promise((resolve, reject) => {
        const text = JSON.stringify(body);
        const headers = { host: scene.host, origin: scene.origin, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'idempotency-key': key };
        const asked = request({ host: '127.0.0.1', port: scene.proxy.port, method, path, agent: false, headers, timeout: ANSWER_MS }, async (answer) => {
            const parts = [];
            try {
                for await (const part of answer) parts.push(part);
            } catch (error) {
                return reject(error);
            }
            const said = Buffer.concat(parts).toString('utf8');
            resolve({
                status: answer.statusCode,
                cookie: (answer.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; '),
                body: /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(said) : undefined,
            });
        });
        asked.once('timeout', () => asked.destroy(new Error('silent')));
        asked.once('error', reject);
        asked.end(text);
    });
}

export class Person {
    views = new Map(); /* of -> { seq, view }: the newest */
    chats = new Map(); /* of -> [message] by number */
    page = newId();
    #unanswered = new Map();
    #watched = new Set();
    #waiting = new Set();
    #tries = 0;
    #ended = false;

    constructor(scene, name, path, cookie) {
        Object.assign(this, { scene, name, path, cookie });
        this.#connect();
        this.timer = setInterval(() => this.#look(), LOOK_MS);
    }

    /* ---- the line ---- */

    #connect() {
        const { host, origin, proxy } = this.scene;
        const ws = new WebSocket(`ws://127.0.0.1:${proxy.port}${this.path}?page=${this.page}`, 'vestibule.1', {
            origin,
            headers: { cookie: this.cookie, host },
            handshakeTimeout: ANSWER_MS,
        });
        this.ws = ws;
        this.open = false;
        ws.on('error', (error) => ws === this.ws && !this.open && this.scene.record.turned.push(`${this.name}: ${error.message}`));
        ws.on('open', () => ws === this.ws && this.#onOpen());
        ws.on('message', (data) => ws === this.ws && this.#heard(JSON.parse(data.toString('utf8'))));
        ws.on('close', () => ws === this.ws && this.#lost());
        ws.on('unexpected-response', (_, answer) => {
            answer.resume();
            if (answer.statusCode < 500) this.scene.record.sentAway(this.name, answer.statusCode);
            else this.scene.record.turned.push(`${this.name}: ${answer.statusCode}`);
            ws.terminate();
        });
    }

    #onOpen() {
        this.open = true;
        this.#tries = 0;
        for (const each of this.#unanswered.values()) this.#send(each);
    }

    #lost() {
        this.open = false;
        this.ws = undefined;
        if (this.#ended) return;
        setTimeout(() => !this.#ended && !this.ws && this.#connect(), comeBack(this.#tries++, this.scene.random));
    }

    /* An answer that never comes means that nobody is at the other end. */
    #look() {
        if (!this.open) return;
        const now = Date.now();
        const silent = [...this.#unanswered.values()].some((each) => !each.resting && now - each.sentAt > ANSWER_MS);
        if (silent) {
            const old = this.ws;
            this.#lost();
            old.terminate();
        } else if (now - this.heardAt > PING_MS && this.#unanswered.size === 0) {
            this.ask('ping', '', {}, { durable: false });
        }
    }

    #send(each) {
        each.sentAt = Date.now();
        each.sends += 1;
        each.resting = false;
        this.ws.send(each.text);
    }

    /* ---- frames ---- */

    #heard(frame) {
        this.heardAt = Date.now();
        try {
            checkServerFrame(frame);
        } catch (error) {
            this.scene.record.problem(`${this.name}: ${error.message}`);
        }
        if (frame.me) for (const of of this.#watched) this.ask('watch', of, {}, { durable: false });
        if (frame.re) this.#answered(frame);
        else if (frame.signed_out || frame.fenced) this.scene.record.sentAway(this.name, JSON.stringify(frame));
        else if (frame.view) this.#shown(frame);
        else if (frame.slots) this.voice?.slots(frame);
        else if (frame.media === 'again') this.voice?.again();
        else if (frame.chat) this.chats.set(frame.of, [...(this.chats.get(frame.of) ?? []).filter((each) => each.n < frame.from), ...frame.chat]);
        for (const check of this.#waiting) check();
    }

    #shown({ of, seq, view }) {
        if (seq < (this.views.get(of)?.seq ?? 0)) return;
        this.views.set(of, { seq, view });
        if ((view.phase ?? view.step) === 'waiting') this.scene.record.place(of, this.name, view.waiting_since_ms);
    }

    #answered(frame) {
        const each = this.#unanswered.get(frame.re);
        if (!each) return;
        if ((each.durable || each.verb === 'watch') && PASSING.has(frame.refused)) {
            each.resting = true;
            this.scene.record.again += 1;
            setTimeout(() => this.open && this.#unanswered.has(each.id) && each.resting && this.#send(each), AGAIN_MS);
            return;
        }
        this.#unanswered.delete(frame.re);
        if (each.durable) this.scene.record.answered({ who: this.name, verb: each.verb, of: frame.of ?? each.of, id: each.id, text: each.said, first: each.first, at: Date.now(), sends: each.sends, answer: frame });
        each.resolve(frame);
    }

    /* ---- what the person does ---- */

    /* Resolves with the answer, however many connections that takes. */
    ask(verb, of, members, { durable = true } = {}) {
        const id = newId();
        const frame = { id, do: verb, ...(of ? { of } : {}), with: members ?? {} };
        checkPageFrame(frame);
        return new Promise((resolve) => {
            const each = { id, verb, of, durable, said: verb === 'send_message' ? members.text : undefined, resolve, text: JSON.stringify(frame), first: Date.now(), sentAt: Date.now(), sends: 0 };
            this.#unanswered.set(id, each);
            if (this.open) this.#send(each);
        });
    }

    async must(verb, of, members) {
        const answer = await this.ask(verb, of, members);
        if (!answer.ok) throw new Error(`${this.name} ${verb}: ${JSON.stringify(answer)}`);
        return answer;
    }

    async watch(of) {
        this.#watched.add(of);
        return this.ask('watch', of, {}, { durable: false });
    }

    unwatch(of) {
        this.#watched.delete(of);
        this.views.delete(of);
        this.chats.delete(of);
        return this.ask('unwatch', of, {}, { durable: false });
    }

    /* Once it is so; fails when it was not in time. */
    until(fits, what, within) {
        return new Promise((resolve, reject) => {
            const end = (error) => {
                clearTimeout(timer);
                this.#waiting.delete(check);
                error ? reject(error) : resolve();
            };
            const check = () => fits(this) && end();
            const timer = setTimeout(() => end(new Error(`${this.name}: never came: ${what} (${this.state()})`)), within);
            this.#waiting.add(check);
            check();
        });
    }

    /* For who wonders why nothing goes on. */
    state() {
        const left = [...this.#unanswered.values()].map((each) => `${each.verb} sent ${each.sends} times${each.resting ? ', resting' : ''}`);
        return `${this.open ? 'open' : 'closed'}, unanswered: ${left.join('; ')}`;
    }

    close() {
        this.#ended = true;
        this.voice?.close();
        clearInterval(this.timer);
        this.ws?.terminate();
        for (const each of this.#unanswered.values()) each.resolve({ refused: 'closed' });
    }
}
