// The provider's API as our adapter uses it: forms in, JSON out, idempotency
// keys that replay the first answer and refuse other parameters.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from './ledger.mjs';

const KEY_LIVES_MS = 24 * 60 * 60 * 1000;

// "a[b][0][c]=d" → { a: { b: [{ c: 'd' }] } }
export function readForm(text) {
    const form = {};
    for (const [name, value] of new URLSearchParams(text)) {
        const path = name.replaceAll(']', '').split('[');
        if (path.some((part) => ['__proto__', 'constructor', 'prototype'].includes(part))) continue;
        let at = form;
        path.forEach((part, i) => {
            if (i === path.length - 1) at[part] = value;
            else at = at[part] ??= /^\d+$/.test(path[i + 1]) ? [] : {};
        });
    }
    return form;
}

const known = {
    'POST /v1/checkout/sessions':
        'mode payment_method_types client_reference_id metadata line_items success_url cancel_url locale expand',
    'POST /v1/checkout/sessions/:id/expire': 'expand',
    'POST /v1/refunds': 'payment_intent amount metadata reason expand',
    'GET /v1/checkout/sessions': 'limit created starting_after payment_intent expand',
    'GET /v1/checkout/sessions/:id': 'expand',
};

function checkNames(route, form) {
    const allowed = known[route].split(' ');
    for (const name of Object.keys(form))
        if (!allowed.includes(name))
            throw new Refusal(
                400,
                'invalid_request_error',
                'parameter_unknown',
                `Received unknown parameter: ${name}`,
                name,
            );
}

export class Api {
    #answers = new Map(); // key -> { hash, at, status, body }
    #fail500 = 0;

    constructor(ledger, key) {
        this.ledger = ledger;
        this.key = key;
    }

    // The next n posts are carried out, but answered with 500 (and stay so for
    // their key, as the real one does).
    answer500(n) {
        this.#fail500 = n;
    }

    handle({ method, path, query, body, headers }) {
        try {
            this.#authorize(headers.authorization);
            if (method === 'GET') return this.#get(path, readForm(query));
            if (method === 'POST') return this.#once(path, body, headers['idempotency-key']);
            throw new Refusal(405, 'invalid_request_error', undefined, 'Unrecognized request.');
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            return { status: error.status, body: { error: error.error } };
        }
    }

    #authorize(header = '') {
        const hash = (text) => createHash('sha256').update(text).digest();
        if (!timingSafeEqual(hash(header), hash(`Bearer ${this.key}`)))
            throw new Refusal(401, 'invalid_request_error', undefined, 'Invalid API Key.');
    }

    #once(path, body, key) {
        const hash = createHash('sha256').update(`${path}\n${body}`).digest('hex');
        const first = key && this.#answers.get(key);
        if (first && Date.now() - first.at < KEY_LIVES_MS) {
            if (first.hash !== hash)
                throw new Refusal(
                    400,
                    'idempotency_error',
                    undefined,
                    'Keys for idempotent requests can only be used with the same parameters they were first used with.',
                );
            return { status: first.status, body: first.body, replayed: true };
        }
        // What fails in validation has not begun: its key stays free.
        let answer = { status: 200, body: structuredClone(this.#post(path, readForm(body))) };
        if (this.#fail500 > 0) {
            this.#fail500 -= 1;
            answer = { status: 500, body: { error: { type: 'api_error', message: 'Sorry.' } } };
        }
        if (key) this.#answers.set(key, { hash, at: Date.now(), ...answer });
        return answer;
    }

    #post(path, form) {
        const expire = /^\/v1\/checkout\/sessions\/(\w+)\/expire$/.exec(path);
        if (path === '/v1/checkout/sessions') {
            checkNames('POST /v1/checkout/sessions', form);
            return this.ledger.expanded(this.ledger.create(form), form.expand ?? []);
        }
        if (expire) {
            checkNames('POST /v1/checkout/sessions/:id/expire', form);
            return this.ledger.expanded(this.ledger.expire(expire[1]), form.expand ?? []);
        }
        if (path === '/v1/refunds') {
            checkNames('POST /v1/refunds', form);
            return this.ledger.refund(form);
        }
        throw new Refusal(404, 'invalid_request_error', undefined, 'Unrecognized request URL.');
    }

    #get(path, form) {
        const one = /^\/v1\/checkout\/sessions\/(\w+)$/.exec(path);
        if (one) {
            checkNames('GET /v1/checkout/sessions/:id', form);
            const session = this.ledger.session(one[1]);
            return { status: 200, body: this.ledger.expanded(session, form.expand ?? []) };
        }
        if (path === '/v1/checkout/sessions') {
            checkNames('GET /v1/checkout/sessions', form);
            return { status: 200, body: this.#list(form) };
        }
        throw new Refusal(404, 'invalid_request_error', undefined, 'Unrecognized request URL.');
    }

    #list(form) {
        const paths = (form.expand ?? []).map((p) => p.replace(/^data\./, ''));
        const page = this.ledger.list({
            since: Number(form.created?.gte ?? 0),
            intent: form.payment_intent,
            after: form.starting_after,
            limit: Math.min(Number(form.limit ?? 10), 100),
        });
        return {
            object: 'list',
            url: '/v1/checkout/sessions',
            has_more: page.has_more,
            data: page.data.map((session) => this.ledger.expanded(session, paths)),
        };
    }
}
