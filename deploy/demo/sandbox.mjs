// The payment sandbox: a process of its own, under a host name of its own, that
// speaks as much of Stripe's Checkout API as our adapter uses, shows a payment
// page and sends signed webhooks. No money, no cards.
//
//   SANDBOX_PORT=8093 SANDBOX_KEY=… SANDBOX_WEBHOOK_SECRET=… \
//   SANDBOX_WEBHOOK_URL=http://127.0.0.1:8443/api/payment/webhook node sandbox.mjs
//
// For tests, from this machine only:
//   POST /sandbox/webhooks {lose, repeat, delay_ms, reorder}   how they misbehave
//   GET  /sandbox/webhooks                                     what was delivered
//   POST /sandbox/api {answer_500}                             carried out, answered 500
//   POST /sandbox/act {checkout, do: pay|decline|expire|dispute|refund}
//   GET  /sandbox/sessions
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { pathToFileURL } from 'node:url';
import { Api, readForm } from './sandbox/api.mjs';
import { Ledger, Refusal } from './sandbox/ledger.mjs';
import { closedPage, languageOf, paymentPage, style } from './sandbox/page.mjs';
import { Webhooks } from './sandbox/webhooks.mjs';

const BODY_MAX = 64 * 1024;

function readBody(request) {
    return new Promise((done, fail) => {
        const parts = [];
        let length = 0;
        request.on('data', (part) => {
            length += part.length;
            if (length > BODY_MAX) request.destroy();
            else parts.push(part);
        });
        request.on('end', () => done(Buffer.concat(parts).toString('utf8')));
        request.on('error', fail);
    });
}

function reply(response, status, headers, body = '') {
    response.writeHead(status, {
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        ...headers,
    });
    response.end(body);
}
const replyJson = (response, status, body, headers) =>
    reply(response, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));

// A form may lead away only to where the order said (browsers apply form-action
// to the redirect after a post, too).
function pageHeaders(session) {
    const back = [session?.success_url, session?.cancel_url]
        .filter(Boolean)
        .map((url) => new URL(url).origin);
    return {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy':
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
            `form-action 'self' ${[...new Set(back)].join(' ')}`,
    };
}

class Sandbox {
    constructor(options) {
        this.file = options.file;
        this.ledger = new Ledger(options.origin, this.#read());
        this.webhooks = new Webhooks({
            url: options.webhookUrl,
            secret: options.webhookSecret,
            ca: options.webhookCa,
        });
        this.api = new Api(this.ledger, options.key);
        this.ledger.on('event', (event) => this.webhooks.tell(event));
        this.ledger.on('change', () => this.#write());
    }

    #read() {
        if (!this.file) return undefined;
        try {
            return JSON.parse(readFileSync(this.file, 'utf8'));
        } catch (error) {
            if (error.code === 'ENOENT') return undefined;
            throw error;
        }
    }

    #write() {
        if (!this.file) return;
        writeFileSync(`${this.file}.new`, JSON.stringify(this.ledger.kept()), { mode: 0o600 });
        renameSync(`${this.file}.new`, this.file);
    }

    async handle(request, response) {
        const url = new URL(request.url, 'http://sandbox.invalid');
        const local = /^(::1|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '');
        if (url.pathname === '/style.css')
            return reply(response, 200, { 'content-type': 'text/css; charset=utf-8' }, style);
        const page = /^\/c\/pay\/(\w+)$/.exec(url.pathname);
        if (page) return this.#page(request, response, page[1], url);
        if (local && url.pathname.startsWith('/v1/'))
            return this.#speakApi(request, response, url);
        if (local && url.pathname.startsWith('/sandbox/'))
            return this.#control(request, response, url.pathname.slice('/sandbox/'.length));
        return reply(response, 404, { 'content-type': 'text/plain' }, 'Not found.\n');
    }

    async #speakApi(request, response, url) {
        const answer = this.api.handle({
            method: request.method,
            path: url.pathname,
            query: url.search.slice(1),
            body: await readBody(request),
            headers: request.headers,
        });
        replyJson(response, answer.status, answer.body, {
            ...(answer.replayed && { 'idempotent-replayed': 'true' }),
        });
    }

    #find(id) {
        try {
            return this.ledger.session(id);
        } catch (error) {
            if (error instanceof Refusal) return undefined;
            throw error;
        }
    }

    async #page(request, response, id, url) {
        const session = this.#find(id);
        const language = languageOf(session?.locale, request.headers['accept-language']);
        const headers = pageHeaders(session);
        if (!session || (session.status !== 'open' && request.method === 'GET'))
            return reply(response, session ? 200 : 404, headers, closedPage(session, language));
        if (request.method !== 'POST') {
            const declined = url.searchParams.has('declined');
            return reply(response, 200, headers, paymentPage(session, language, declined));
        }
        const { action } = readForm(await readBody(request));
        return reply(response, 303, { ...headers, location: this.#act(session, action) });
    }

    // Where the browser goes next. Pressing twice pays once.
    #act(session, action) {
        const own = `/c/pay/${session.id}`;
        if (session.status !== 'open') return own;
        if (action === 'pay') return this.ledger.pay(session.id).success_url;
        if (action === 'cancel') return session.cancel_url ?? own;
        if (action === 'decline') {
            this.ledger.decline(session.id);
            return `${own}?declined`;
        }
        return own;
    }

    async #control(request, response, what) {
        const body = await readBody(request);
        const order = body ? JSON.parse(body) : {};
        if (request.method === 'GET' && what === 'webhooks')
            return replyJson(response, 200, { deliveries: this.webhooks.log });
        if (request.method === 'GET' && what === 'sessions')
            return replyJson(response, 200, { sessions: [...this.ledger.sessions.values()] });
        if (request.method === 'POST' && what === 'webhooks')
            return replyJson(response, 200, this.webhooks.misbehave(order));
        if (request.method === 'POST' && what === 'api') {
            this.api.answer500(order.answer_500 ?? 0);
            return replyJson(response, 200, {});
        }
        if (request.method === 'POST' && what === 'act')
            return replyJson(response, 200, this.#actFor(order));
        return reply(response, 404, { 'content-type': 'text/plain' }, 'Not found.\n');
    }

    #actFor({ checkout, do: verb }) {
        const { ledger } = this;
        if (verb === 'refund')
            ledger.refund({ payment_intent: ledger.session(checkout).payment_intent });
        else if (['pay', 'decline', 'expire', 'dispute'].includes(verb)) ledger[verb](checkout);
        return ledger.session(checkout);
    }
}

function listen(server, port, host) {
    return new Promise((done, fail) => {
        server.once('error', fail);
        server.listen(port, host, () => done(server));
    });
}

// hosts: addresses to listen on; the API and the controls answer loopback only.
// origin: where browsers find the page; default payment.localhost.
export async function startSandbox({ port = 0, hosts = ['127.0.0.1'], origin, ...options }) {
    const handler = (request, response) =>
        sandbox.handle(request, response).catch((error) => {
            if (!response.headersSent)
                replyJson(response, error.status ?? 500, { error: { message: error.message } });
        });
    const servers = [await listen(http.createServer(handler), port, hosts[0])];
    const bound = servers[0].address().port;
    const sandbox = new Sandbox({
        ...options,
        origin: origin ?? `http://payment.localhost:${bound}`,
    });
    for (const host of hosts.slice(1))
        servers.push(await listen(http.createServer(handler), bound, host));
    return {
        port: bound,
        api: `http://127.0.0.1:${bound}`,
        origin: sandbox.ledger.origin,
        sandbox,
        async close() {
            sandbox.webhooks.close();
            for (const server of servers) {
                server.closeAllConnections();
                await new Promise((done) => server.close(done));
            }
        },
    };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const env = process.env;
    const running = await startSandbox({
        port: Number(env.SANDBOX_PORT ?? 0),
        hosts: (env.SANDBOX_HOSTS ?? '127.0.0.1').split(','),
        origin: env.SANDBOX_ORIGIN,
        key: env.SANDBOX_KEY ?? 'sk_test_sandbox',
        webhookUrl: env.SANDBOX_WEBHOOK_URL,
        webhookSecret: env.SANDBOX_WEBHOOK_SECRET ?? 'whsec_sandbox',
        webhookCa: env.SANDBOX_WEBHOOK_CA && readFileSync(env.SANDBOX_WEBHOOK_CA),
        file: env.SANDBOX_DATA,
    });
    const stop = () => running.close().then(() => process.exit(0));
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.stdout.write(`sandbox ready ${running.origin}\n`);
}
