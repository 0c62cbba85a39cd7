// The secretary's side of the browser protocol (docs/protocol.md), as far as the
// demo needs it: sign in, see the day, book.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import WebSocket from 'ws';

const ANSWER_MS = 15000;
const newId = () => randomBytes(16).toString('base64url');

export class Desk {
    #waiting = new Map(); // id -> {done, fail, timer}
    rows = new Map(); // consultation -> its row

    // api: where the server listens; origin: what the pages are known as.
    constructor({ api, origin, tls }) {
        this.api = api;
        this.origin = origin;
        this.ca = tls && readFileSync(tls.cert);
    }

    async signIn(login, password) {
        const { status, headers } = await this.#post('/api/session', { login, password });
        if (status !== 204) throw new Error(`signing in as ${login} was answered ${status}`);
        this.cookie = headers['set-cookie'].map((c) => c.split(';')[0]).join('; ');
    }

    // Resolves with what the server says first: who we are, the practitioners.
    connect() {
        const url = `${this.api.replace(/^http/, 'ws')}/ws/desk?page=${newId()}`;
        this.socket = new WebSocket(url, 'vestibule.1', {
            origin: this.origin,
            headers: { cookie: this.cookie, host: new URL(this.origin).host },
            ca: this.ca,
        });
        return new Promise((done, fail) => {
            this.socket.on('message', (text) => {
                const frame = JSON.parse(text);
                if (frame.me) done((this.me = frame.me));
                this.#hear(frame);
            });
            this.socket.on('error', fail);
            this.socket.on('close', () => {
                const error = new Error('the server closed the desk');
                fail(error);
                for (const { fail: give } of this.#waiting.values()) give(error);
            });
        });
    }

    // The answer's frame, also when it is a refusal.
    ask(of, verb, body) {
        const id = newId();
        return new Promise((done, fail) => {
            const timer = setTimeout(() => fail(new Error(`no answer to ${verb}`)), ANSWER_MS);
            this.#waiting.set(id, { done, fail, timer });
            this.socket.send(JSON.stringify({ id, of, do: verb, with: body }));
        });
    }

    // Every row of a day, once the board came.
    async day(day) {
        const board = new Promise((done) => (this.boardCame = done));
        this.socket.send(JSON.stringify({ id: newId(), of: '', do: 'show_day', with: { day } }));
        await board;
        return [...this.rows.values()];
    }

    // Every visit from now until so many minutes later, midnight or not.
    async soon(minutes) {
        const format = new Intl.DateTimeFormat('en-CA', { timeZone: this.me.clinic.time_zone });
        const { now_ms } = this.me;
        await this.day(format.format(now_ms));
        const last = format.format(now_ms + minutes * 60000);
        if (last !== format.format(now_ms)) await this.day(last);
        return [...this.rows.values()];
    }

    close() {
        this.socket?.close();
    }

    #hear(frame) {
        const waiting = this.#waiting.get(frame.re);
        if (waiting) {
            clearTimeout(waiting.timer);
            this.#waiting.delete(frame.re);
            waiting.done(frame);
        }
        for (const row of frame.board ?? []) this.rows.set(row.of, row);
        if (frame.row) this.rows.set(frame.row.of, frame.row);
        if (frame.board) this.boardCame?.();
    }

    #post(path, body) {
        const { request } = this.api.startsWith('https') ? https : http;
        const text = JSON.stringify(body);
        return new Promise((done, fail) => {
            const sent = request(
                this.api + path,
                {
                    method: 'POST',
                    ca: this.ca,
                    headers: {
                        origin: this.origin,
                        host: new URL(this.origin).host,
                        'content-type': 'application/json',
                        'content-length': Buffer.byteLength(text),
                    },
                },
                (answer) => {
                    answer.resume();
                    answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers }));
                },
            );
            sent.on('error', fail);
            sent.end(text);
        });
    }
}
