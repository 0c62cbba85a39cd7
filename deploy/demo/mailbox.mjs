// The demo clinic's mailbox: a mail server and an SMS gateway that deliver to a
// page instead of to people. Everything is kept in memory.
//
//   MAILBOX_PORT=8094 MAILBOX_SMTP_PORT=8025 node mailbox.mjs
//
//   GET    /                        what came, newest first
//   GET    /api/messages?after=N&to=…&wait_ms=…   as JSON; waits for one to come
//   DELETE /api/messages
//   POST   /api/refuse {mail, sms}  refuse the next so many (for tests)
//   POST   /sms                     the gateway, bearer key
import http from 'node:http';
import { pathToFileURL } from 'node:url';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const KEPT_MAX = 500;
const BODY_MAX = 64 * 1024;
const WAIT_MAX_MS = 60000;

class Messages {
    #all = [];
    #next = 1;
    #waiting = new Set();

    add(message) {
        this.#all.push({ n: this.#next++, at_ms: Date.now(), ...message });
        if (this.#all.length > KEPT_MAX) this.#all.shift();
        for (const wake of [...this.#waiting]) wake();
    }

    get({ after = 0, to } = {}) {
        return this.#all.filter((m) => m.n > after && (!to || m.to === to));
    }

    clear() {
        this.#all = [];
    }

    // As get, but waits until there is one or the time is over.
    async wait(which, ms) {
        const end = Date.now() + Math.min(ms, WAIT_MAX_MS);
        while (this.get(which).length === 0 && Date.now() < end)
            await new Promise((done) => {
                const wake = () => {
                    clearTimeout(timer);
                    this.#waiting.delete(wake);
                    done();
                };
                const timer = setTimeout(wake, end - Date.now());
                this.#waiting.add(wake);
            });
        return this.get(which);
    }

    release() {
        for (const wake of [...this.#waiting]) wake();
    }
}

const escape = (text) =>
    String(text).replace(
        /[&<>"']/g,
        (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c],
    );
const withLinks = (text) =>
    escape(text).replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}">${url}</a>`);

const style = `
body { margin: 0; background: #f6f3ec; color: #16302f; font: 17px/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1.25rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 0; }
article { background: #fff; border: 1px solid #8a9a97; border-radius: 8px; padding: 1rem; margin: 0 0 1rem; }
.about { color: #3d5553; margin: 0; } .text { white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: #16514e; } a:focus-visible { outline: 4px solid #ffdd00; box-shadow: 0 0 0 6px #16302f; }
a.again { display: inline-block; padding: .7rem 1rem; border: 2px solid #16514e; border-radius: 8px; }
`;

function page(messages) {
    const time = new Intl.DateTimeFormat('fr', { timeStyle: 'medium' });
    const items = messages
        .reverse()
        .map(
            (m) => `<article>
<h2>${m.channel === 'sms' ? 'SMS' : escape(m.subject)}</h2>
<p class="about">${time.format(m.at_ms)} · à ${escape(m.to)} · de ${escape(m.from ?? '')}</p>
<p class="text">${withLinks(m.text)}</p>
</article>`,
        )
        .join('\n');
    return `<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Boîte aux lettres de la démonstration</title>
<link rel="stylesheet" href="/style.css">
<main>
<h1>Boîte aux lettres de la démonstration</h1>
<p>Les messages que la clinique envoie arrivent ici au lieu de partir. <a class="again" href="/">Actualiser</a></p>
${items || '<p>Rien pour le moment.</p>'}
</main>
</html>
`;
}

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

class Mailbox {
    messages = new Messages();
    refuse = { mail: 0, sms: 0 };
    #seen = new Map(); // idempotency key -> answer

    constructor(smsKey) {
        this.smsKey = smsKey;
    }

    // smtp-server's callback for a whole message.
    onData(stream, session, done) {
        simpleParser(stream).then(
            (mail) => {
                if (this.refuse.mail > 0) {
                    this.refuse.mail -= 1;
                    return done(Object.assign(new Error('Not now'), { responseCode: 451 }));
                }
                for (const { address } of session.envelope.rcptTo)
                    this.messages.add({
                        channel: 'mail',
                        to: address,
                        from: mail.from?.text,
                        subject: mail.subject ?? '',
                        text: mail.text ?? '',
                        html: mail.html || '',
                        id: mail.messageId,
                    });
                return done();
            },
            (error) => done(error),
        );
    }

    sms(headers, body) {
        const key = headers['idempotency-key'];
        if (headers.authorization !== `Bearer ${this.smsKey}`) return [401, { error: 'key' }];
        if (this.refuse.sms > 0) {
            this.refuse.sms -= 1;
            return [503, { error: 'not now' }];
        }
        if (key && this.#seen.has(key)) return this.#seen.get(key);
        const { to, from, text } = JSON.parse(body);
        if (!/^\+\d{8,15}$/.test(to) || !text) return [400, { error: 'to or text' }];
        this.messages.add({ channel: 'sms', to, from, text, subject: '', id: key });
        const answer = [202, { accepted: true }];
        if (key) this.#seen.set(key, answer);
        return answer;
    }

    async handle(request, response) {
        const url = new URL(request.url, 'http://mailbox.invalid');
        const route = `${request.method} ${url.pathname}`;
        const json = (status, body) => this.#reply(response, status, 'application/json', JSON.stringify(body));
        const which = {
            after: Number(url.searchParams.get('after') ?? 0),
            to: url.searchParams.get('to') ?? undefined,
        };
        switch (route) {
            case 'GET /':
                return this.#reply(response, 200, 'text/html', page(this.messages.get()));
            case 'GET /style.css':
                return this.#reply(response, 200, 'text/css', style);
            case 'GET /api/messages': {
                const wait = Number(url.searchParams.get('wait_ms') ?? 0);
                return json(200, { messages: await this.messages.wait(which, wait) });
            }
            case 'DELETE /api/messages':
                this.messages.clear();
                return json(200, {});
            case 'POST /api/refuse':
                Object.assign(this.refuse, JSON.parse(await readBody(request)));
                return json(200, this.refuse);
            case 'POST /sms':
                return json(...this.sms(request.headers, await readBody(request)));
            default:
                return json(404, { error: 'not found' });
        }
    }

    #reply(response, status, type, body) {
        response.writeHead(status, {
            'content-type': `${type}; charset=utf-8`,
            'content-length': Buffer.byteLength(body),
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
            'referrer-policy': 'no-referrer',
            'content-security-policy':
                "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
        });
        response.end(body);
    }
}

const listen = (server, port, host) =>
    new Promise((done, fail) => {
        server.once('error', fail);
        server.listen(port, host, () => done(server));
    });

export async function startMailbox({
    port = 0,
    smtpPort = 0,
    hosts = ['127.0.0.1'],
    smsKey = 'sms_sandbox',
} = {}) {
    const mailbox = new Mailbox(smsKey);
    const handler = (request, response) =>
        mailbox.handle(request, response).catch(() => response.destroy());
    const servers = [await listen(http.createServer(handler), port, hosts[0])];
    const bound = servers[0].address().port;
    for (const host of hosts.slice(1))
        servers.push(await listen(http.createServer(handler), bound, host));
    const smtp = new SMTPServer({
        disabledCommands: ['AUTH', 'STARTTLS'],
        size: 256 * 1024,
        onData: (stream, session, done) => mailbox.onData(stream, session, done),
    });
    await listen(smtp, smtpPort, '127.0.0.1');
    return {
        port: bound,
        smtpPort: smtp.server.address().port,
        messages: mailbox.messages,
        mailbox,
        async close() {
            mailbox.messages.release();
            for (const server of servers) {
                server.closeAllConnections();
                await new Promise((done) => server.close(done));
            }
            await new Promise((done) => smtp.close(done));
        },
    };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const env = process.env;
    const running = await startMailbox({
        port: Number(env.MAILBOX_PORT ?? 0),
        smtpPort: Number(env.MAILBOX_SMTP_PORT ?? 0),
        hosts: (env.MAILBOX_HOSTS ?? '127.0.0.1').split(','),
        smsKey: env.MAILBOX_SMS_KEY,
    });
    const stop = () => running.close().then(() => process.exit(0));
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.stdout.write(`mailbox ready http://mailbox.localhost:${running.port} smtp ${running.smtpPort}\n`);
}
