// Tells our server what happened, signed, until it answers 2xx. Can be told to
// lose, repeat, delay and reorder, as a bad day on the internet does.
import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60000;
const TRIES = 20;
const ANSWER_MS = 10000;
const REORDER_MS = 2000; // how long an event waits for one to be swapped with

export function sign(secret, body, timeS = Math.floor(Date.now() / 1000)) {
    const v1 = createHmac('sha256', secret).update(`${timeS}.${body}`).digest('hex');
    return `t=${timeS},v1=${v1}`;
}

export class Webhooks {
    #timers = new Set();
    #held = [];
    #faults = { lose: 0, repeat: 0, delay_ms: 0, reorder: false };

    constructor({ url, secret, ca }) {
        this.url = url;
        this.secret = secret;
        this.ca = ca;
        this.log = []; // one row a delivery: {event, type, status}
    }

    // lose: how many of the next events never arrive; repeat: how many times more
    // each is sent; delay_ms: before each; reorder: pairs come the wrong way round.
    misbehave(faults) {
        for (const key of Object.keys(this.#faults))
            if (faults[key] !== undefined) this.#faults[key] = faults[key];
        if (!this.#faults.reorder) this.#release();
        return { ...this.#faults };
    }

    tell(event) {
        if (!this.url) return;
        if (this.#faults.lose > 0) {
            this.#faults.lose -= 1;
            this.log.push({ event: event.id, type: event.type, status: 'lost' });
            return;
        }
        if (this.#faults.reorder) {
            this.#held.push(event);
            if (this.#held.length >= 2) this.#release();
            else this.#later(REORDER_MS, () => this.#release());
            return;
        }
        this.#start(event);
    }

    close() {
        for (const timer of this.#timers) clearTimeout(timer);
        this.#timers.clear();
    }

    #release() {
        for (const event of this.#held.reverse()) this.#start(event);
        this.#held = [];
    }

    #start(event) {
        const { repeat, delay_ms } = this.#faults;
        for (let i = 0; i <= repeat; i++)
            this.#later(delay_ms, () => this.#deliver(event, 0));
    }

    #later(ms, run) {
        const timer = setTimeout(() => {
            this.#timers.delete(timer);
            run();
        }, ms);
        this.#timers.add(timer);
    }

    async #deliver(event, tries) {
        const status = await this.#post(JSON.stringify(event));
        this.log.push({ event: event.id, type: event.type, status });
        if (status >= 200 && status < 300) return;
        if (tries + 1 >= TRIES) return;
        const wait = Math.min(FIRST_RETRY_MS * 2 ** tries, LAST_RETRY_MS);
        this.#later(wait, () => this.#deliver(event, tries + 1));
    }

    #post(body) {
        const { request } = this.url.startsWith('https:') ? https : http;
        return new Promise((done) => {
            const sent = request(
                this.url,
                {
                    method: 'POST',
                    ca: this.ca,
                    agent: false,
                    timeout: ANSWER_MS,
                    headers: {
                        'content-type': 'application/json; charset=utf-8',
                        'content-length': Buffer.byteLength(body),
                        'stripe-signature': sign(this.secret, body),
                    },
                },
                (answer) => {
                    answer.resume();
                    answer.on('end', () => done(answer.statusCode));
                    answer.on('error', () => done(0));
                },
            );
            sent.on('timeout', () => sent.destroy());
            sent.on('error', () => done(0));
            sent.end(body);
        });
    }
}
