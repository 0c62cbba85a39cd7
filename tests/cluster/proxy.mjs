/*
 * proxy: the real HAProxy and the real nginx with the configurations of
 * deploy/proxy, in which only names and places are changed to the test's; and a
 * browser's side of them: requests and sockets over TLS.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { certify, HOUSE, listens, start } from '../relay/port443.mjs';
import { freePort } from './cluster.mjs';

const shipped = (name) => readFileSync(fileURLToPath(new URL(`../../deploy/proxy/${name}`, import.meta.url)), 'utf8');

function placed(text, changes) {
    for (const [from, to] of changes) {
        if (!text.includes(from)) throw new Error(`the configuration has no ${from}`);
        text = text.replaceAll(from, to);
    }
    return text;
}
const nodesOf = (nodes) => nodes.map((node, i) => [`10.0.0.1${i + 1}:8080`, `127.0.0.1:${node.port}`]);

function haproxy(folder, port, nodes) {
    const config = placed(shipped('haproxy-nodes.cfg'), [['bind :443', `bind 127.0.0.1:${port}`], ['/etc/vestibule/tls/site.pem', join(folder, 'site.pem')], ...nodesOf(nodes)]);
    writeFileSync(join(folder, 'haproxy.cfg'), config);
    return start('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], folder);
}

/* Debian's nginx.conf is one for a whole machine: this is the least around ours. */
function nginx(folder, port, nodes) {
    const config = placed(shipped('nginx-nodes.conf'), [
        ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
        ['/etc/vestibule/tls/fullchain.pem', join(folder, 'cert.pem')],
        ['/etc/vestibule/tls/privkey.pem', join(folder, 'key.pem')],
        ['/var/log/nginx/vestibule.log', join(folder, 'access.log')],
        ...nodesOf(nodes),
    ]);
    writeFileSync(join(folder, 'vestibule.conf'), config);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`);
    const around = ['daemon off;', `pid ${join(folder, 'pid')};`, `error_log ${join(folder, 'error.log')} info;`, 'events {}', 'http {', `access_log ${join(folder, 'other.log')};`, ...temporary, `include ${join(folder, 'vestibule.conf')};`, '}'];
    writeFileSync(join(folder, 'nginx.conf'), around.join('\n'));
    return start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], folder);
}

const kinds = { haproxy, nginx };
export const proxies = Object.keys(kinds);

export class Proxy {
    static async start(kind, nodes) {
        const proxy = new Proxy();
        proxy.kind = kind;
        proxy.folder = mkdtempSync(join(tmpdir(), `vestibule-${kind}-`), { mode: 0o755 });
        certify(proxy.folder);
        proxy.port = await freePort();
        proxy.child = kinds[kind](proxy.folder, proxy.port, nodes);
        await listens(proxy.port, proxy.child);
        proxy.ca = readFileSync(join(proxy.folder, 'ca.pem'));
        return proxy;
    }

    #to(headers, more) {
        return { host: '127.0.0.1', port: this.port, ca: this.ca, servername: HOUSE, headers: { host: HOUSE, ...headers }, ...more };
    }

    /* { status, cookie } of a request. */
    ask(method, path, body, { headers = {}, from } = {}) {
        const text = body && JSON.stringify(body);
        const all = { origin: `https://${HOUSE}`, ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...headers };
        return new Promise((resolve, reject) => {
            const asked = request({ ...this.#to(all), method, path, agent: false, localAddress: from }, (answer) => {
                answer.resume();
                answer.once('end', () => resolve({ status: answer.statusCode, cookie: (answer.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; ') }));
            });
            asked.once('error', reject);
            asked.end(text);
        });
    }

    /* A page's socket, once it knows who it is; `gone` resolves when it closes. */
    async socket(path, cookie) {
        const { headers, ...to } = this.#to({ cookie });
        const socket = new WebSocket(`wss://127.0.0.1:${this.port}${path}`, 'vestibule.1', { ...to, origin: `https://${HOUSE}`, headers });
        const gone = new Promise((resolve) => socket.once('close', resolve));
        socket.gone = gone;
        socket.on('error', () => undefined);
        await Promise.race([new Promise((resolve) => socket.once('message', resolve)), gone.then((code) => Promise.reject(new Error(`closed ${code}`)))]);
        return socket;
    }

    /* Everything that it wrote anywhere. */
    said() {
        const logs = this.kind === 'nginx' ? ['access.log', 'error.log', 'other.log'].map((name) => readFileSync(join(this.folder, name), 'utf8')) : [];
        return [this.child.said, ...logs].join('\n');
    }

    async stop() {
        this.child.kill('SIGTERM');
        await this.child.ended;
        rmSync(this.folder, { recursive: true, force: true });
    }
}
