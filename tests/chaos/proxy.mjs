/*
 * proxy: HAProxy before the nodes, as deploy/proxy ships it, but for the
 * addresses and for TLS, which nothing here needs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const shipped = join(import.meta.dirname, '../../deploy/proxy/haproxy-nodes.cfg');
const addresses = ['10.0.0.11:8080', '10.0.0.12:8080'];

function configured(port, nodes) {
    let text = readFileSync(shipped, 'utf8');
    const put = (from, to) => {
        if (!text.includes(from)) throw new Error(`${shipped} has no ${from}`);
        text = text.replaceAll(from, to);
    };
    put(text.match(/^ +bind .*$/m)[0], `    bind 127.0.0.1:${port}`);
    put('log stderr', 'log stdout');
    addresses.forEach((address, i) => put(address, nodes[i]));
    return text;
}

const answers = (port) =>
    new Promise((resolve) => {
        const socket = createConnection(port, '127.0.0.1');
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
    });

export class Proxy {
    constructor(port, nodes, died) {
        this.folder = mkdtempSync(join(tmpdir(), 'vestibule-proxy-'));
        this.file = join(this.folder, 'haproxy.cfg');
        Object.assign(this, { port, died });
        writeFileSync(this.file, configured(port, nodes));
    }

    /* -db: one process, in the foreground. */
    async start() {
        const child = spawn('haproxy', ['-db', '-q', '-f', this.file], { stdio: ['ignore', 'ignore', 'pipe'] });
        let said = '';
        child.stderr.on('data', (text) => (said += text));
        process.once('exit', () => child.kill('SIGKILL'));
        child.once('exit', (code, signal) => signal === 'SIGKILL' || this.died(`proxy: ${code} ${signal} ${said}`));
        this.child = child;
        while (child.exitCode === null && !(await answers(this.port))) await new Promise((resolve) => setTimeout(resolve, 10));
    }

    async kill() {
        const gone = new Promise((resolve) => this.child.once('exit', resolve));
        this.child.kill('SIGKILL');
        await gone;
    }

    async end() {
        await this.kill();
        rmSync(this.folder, { recursive: true, force: true });
    }
}
