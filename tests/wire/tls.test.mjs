/* With a certificate: HTTP/1.1 only, strong ciphers, Secure cookies, HSTS; and
 * behind a proxy: whose address counts. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from 'node:https';
import { connect } from 'node:tls';
import WebSocket from 'ws';
import { House } from './house.mjs';

let house;

before(async () => {
    house = await House.start({ trusted_proxies: '127.0.0.1', claim_per_minute: 2 });
    const [certificate, key] = [join(house.folder, 'cert.pem'), join(house.folder, 'key.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    await house.furnish();
    house.origin = `https://${house.host}`;
    await house.serve(`tls_certificate=${certificate}`, `tls_key=${key}`, `origin=${house.origin}`);
});
after(async () => {
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

function ask(method, path, body, headers = {}) {
    const text = body && JSON.stringify(body);
    return new Promise((resolve, reject) => {
        const asked = request({ host: '127.0.0.1', servername: 'localhost', port: house.port, method, path, agent: false, rejectUnauthorized: false, headers: { host: house.host, origin: house.origin, ...(text ? { 'content-length': Buffer.byteLength(text) } : {}), ...headers } }, (answer) => {
            answer.resume();
            answer.once('end', () => resolve(answer));
        });
        asked.once('error', reject);
        asked.end(text);
    });
}

const handshake = (options) =>
    new Promise((resolve) => {
        const line = connect({ host: '127.0.0.1', port: house.port, servername: 'localhost', rejectUnauthorized: false, ...options }, () => {
            resolve({ alpn: line.alpnProtocol, protocol: line.getProtocol(), cipher: line.getCipher().name });
            line.destroy();
        });
        line.once('error', () => resolve(undefined));
    });

test('h2 is never agreed on, old protocols and CBC are refused', async () => {
    assert.equal((await handshake({ ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1');
    assert.equal((await handshake({})).protocol, 'TLSv1.3');
    assert.equal((await handshake({ maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
    assert.equal(await handshake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), undefined);
    assert.equal(await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA' }), undefined);
});

test('cookies are Secure under the __Host- name, and HSTS is said', async () => {
    const answer = await ask('POST', '/api/session', { login: 'alix', password: 'secret of alix' });
    assert.equal(answer.statusCode, 204);
    assert.match(answer.headers['set-cookie'][0], /^__Host-desk=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
    const page = await ask('GET', '/join');
    assert.ok(page.headers['content-security-policy'].includes(`wss://${house.host}`));
    const plain = await ask('POST', '/api/session', { login: 'alix', password: 'secret of alix' }, { origin: `http://${house.host}` });
    assert.equal(plain.statusCode, 403);
    const cookie = answer.headers['set-cookie'][0].split(';')[0];
    const socket = new WebSocket(`wss://127.0.0.1:${house.port}/ws/desk`, 'vestibule.1', { rejectUnauthorized: false, servername: 'localhost', origin: house.origin, headers: { host: house.host, cookie } });
    const [first] = await new Promise((resolve, reject) => {
        socket.once('message', (data) => resolve([JSON.parse(data)]));
        socket.once('error', reject);
    });
    assert.equal(first.me.role, 'secretary');
    socket.terminate();
});

test('behind a proxy each client has tries of its own', async () => {
    const body = { code: 'AAAAAAAA', year: 1950, month: 1, day: 1 };
    const from = async (address) => (await ask('POST', '/api/join', body, { 'x-forwarded-for': address })).statusCode;
    const first = [await from('203.0.113.1'), await from('203.0.113.1'), await from('203.0.113.1')];
    assert.equal(first[2], 429, first.join());
    assert.notEqual(await from('203.0.113.2'), 429);
    /* the client may write what it likes: the proxy's word stands to the right */
    assert.equal(await from('198.51.100.1, 203.0.113.1'), 429);
});
