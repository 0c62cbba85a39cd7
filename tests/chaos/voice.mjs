/*
 * voice: the sound of one page, healed as ours are healed (web/src/shared/media.ts)
 * but for ICE restarts: a line that is silent for a second is built anew. Sound is
 * measured in another process (voices.mjs).
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { backoff, pause } from './person.mjs';

const FIRST_MS = 4000; /* nothing at all over a new route: built anew */
const FLOWS_MS = 250;
const LOOK_MS = 50;
const RETRY_MS = 400;
const PATIENCE_MS = 30000;

/* The process in which sound comes and goes. */
export class Voices {
    #all = new Map();
    #next = 1;

    constructor() {
        this.child = fork(join(import.meta.dirname, 'voices.mjs'));
        this.child.on('message', (heard) => this.#all.get(heard.key)?.heard(heard));
        this.child.once('exit', (code, signal) => this.ended || process.stderr.write(`voices ended: ${code} ${signal}\n`));
    }

    /* For a person's page; `of`: the visit, or a doctor's own place. */
    join(person, of) {
        const voice = new Voice(this, this.#next++, person, of);
        this.#all.set(voice.key, voice);
        person.voice = voice;
        voice.build();
        return voice;
    }

    tell(verb, key, members) {
        if (this.child.connected) this.child.send({ do: verb, key, ...members });
    }

    forget(key) {
        this.tell('close', key);
        this.#all.delete(key);
    }

    end() {
        this.ended = true;
        this.child.kill();
    }
}

class Voice {
    expected = false; /* somebody's sound should come */
    gaps = []; /* { since, at }: it stopped, and came again */
    #asked = [];
    #shown = new Set(); /* visits in which somebody is shown */
    #generation = 0; /* of the line */
    #tries = 0;
    #healNotBefore = 0;

    constructor(voices, key, person, of) {
        Object.assign(this, { voices, key, person, of });
        this.timer = setInterval(() => this.#look(), RETRY_MS);
    }

    /* ---- the line ---- */

    build() {
        this.#generation += 1;
        this.flowed = false;
        this.isSilent = false;
        this.isTaken = false;
        this.builtAt = Date.now();
        this.voices.tell('open', this.key, { generation: this.#generation });
    }

    again() {
        this.#tries = 0;
        this.build();
    }

    async #exchange(sdp, generation) {
        for (let tries = 0; ; tries++) {
            const answer = await this.person.ask('offer', this.of, { sdp }, { durable: false });
            if (generation !== this.#generation || this.closed) return;
            if (answer.answer) {
                this.isTaken = true;
                return this.voices.tell('take', this.key, { generation, answer: answer.answer, talk: this.expected });
            }
            await pause(RETRY_MS + backoff(tries, this.person.scene.random));
            if (generation !== this.#generation || this.closed) return;
        }
    }

    #heal() {
        const now = Date.now();
        if (now < this.#healNotBefore) return;
        this.#healNotBefore = now + 1000 * 2 ** Math.min(this.#tries++, 3);
        this.build();
    }

    /* Who is shown to this page in a visit, as the server says: a doctor is told of
     * the next one's beginning and the last one's end in any order. */
    slots({ of, slots }) {
        this.#shown[slots.length > 0 ? 'add' : 'delete'](of);
        const expected = this.#shown.size > 0;
        if (expected === this.expected) return;
        this.expected = expected;
        this.expectedAt = Date.now();
        this.flowed = false;
        this.speak(expected);
    }

    /* What nobody is meant to hear, too. */
    speak(on) {
        this.voices.tell('talk', this.key, { on });
    }

    #look() {
        const since = Math.max(this.expectedAt ?? 0, this.builtAt);
        if (this.expected && !this.flowed && Date.now() - since > FIRST_MS) this.#heal();
        else if (this.expected && this.isSilent && Date.now() - this.builtAt > FIRST_MS) this.#heal();
    }

    heard({ kind, generation, sdp, at, since, last, why }) {
        if (kind === 'offer') void this.#exchange(sdp, generation);
        else if (kind === 'failed') this.build();
        else if (kind === 'last') this.#asked.splice(0).forEach((resolve) => resolve(last));
        else if (kind === 'flows') this.#flows(at, since);
        else if (kind === 'silent' && this.expected) {
            this.isSilent = true;
            this.#heal();
        }
        if (why) this.why = why;
    }

    #flows(at, since) {
        if (since > 0 && at - since > FLOWS_MS) this.gaps.push({ since, at });
        this.flowed = true;
        this.isSilent = false;
        this.#tries = 0;
    }

    /* ---- measured ---- */

    /* Sound comes at this moment. */
    async flows() {
        const last = await new Promise((resolve) => {
            this.#asked.push(resolve);
            this.voices.tell('last', this.key);
        });
        return Date.now() - last < FLOWS_MS;
    }

    /* How long nothing came since `began`, at most (0: it never stopped), once it
     * comes again; undefined when it need not any more. */
    async flowsAgain(began, needed, within = PATIENCE_MS) {
        const end = Date.now() + within;
        while (!(await this.flows())) {
            if (!needed()) return undefined;
            if (Date.now() > end) throw new Error(`${this.person.name}: no sound for ${Date.now() - began} ms (${this.state()})`);
            await pause(LOOK_MS);
        }
        return Math.max(0, ...this.gaps.filter(({ at }) => at > began).map(({ since, at }) => at - Math.max(since, began)));
    }

    state() {
        return `line ${this.#generation}, ${this.expected ? 'expected' : 'not expected'}, built ${Date.now() - this.builtAt} ms ago, ${this.flowed ? 'has flowed' : 'has not flowed'}${this.why ? `, ${this.why}` : ''}`;
    }

    close() {
        this.closed = true;
        this.expected = false;
        clearInterval(this.timer);
        this.voices.forget(this.key);
    }
}
