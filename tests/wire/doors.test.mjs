/* The doors: origins, cookies, headers, limits, what is refused before it is
 * read, and the files. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { House, newId, Page, program } from './house.mjs';

let house;

before(async () => {
    house = await House.start({ claim_per_minute: 3, sign_in_per_minute: 1000 });
    await house.furnish();
    await house.serve();
});
after(async () => {
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
});

/* Bytes as they are; what came back until the server closed or fell silent. */
async function raw(text, { within = 4000 } = {}) {
    const line = connect(house.port, '127.0.0.1');
    let heard = '';
    line.setEncoding('latin1');
    line.on('data', (data) => (heard += data));
    line.on('error', () => undefined);
    await once(line, 'connect');
    line.write(text);
    await Promise.race([once(line, 'close'), new Promise((resolve) => setTimeout(resolve, within).unref())]);
    line.destroy();
    return heard;
}

const upgrade = (path, lines) =>
    `GET ${path} HTTP/1.1\r\nHost: ${house.host}\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${lines.join('\r\n')}\r\n\r\n`;

test('a page of another origin can neither post nor connect', async () => {
    const body = { login: 'alix', password: 'secret of alix' };
    for (const origin of ['http://evil.example', `https://${house.host}`, 'null', '', `http://localhost:${house.port + 1}`]) {
        const answer = await house.http('POST', '/api/session', body, { origin });
        assert.equal(answer.status, 403, origin);
        assert.equal(answer.body.code, 'foreign_origin');
        assert.deepEqual(answer.setCookie, []);
    }
    assert.equal((await house.http('DELETE', '/api/session', undefined, { origin: 'http://evil.example' })).status, 403);
    const cookie = await house.signIn('alix');
    for (const origin of ['http://evil.example', 'null', '']) {
        const page = new Page(house, '/ws/desk', { cookie, origin });
        await assert.rejects(page.opened, { status: 403 }, origin);
    }
});

test('on loopback each name under localhost is its own origin', async () => {
    const host = `doctor.localhost:${house.port}`;
    const own = Object.assign(Object.create(Object.getPrototypeOf(house)), house, { host, origin: `http://${host}` });
    const desk = await own.desk('camille');
    await desk.close();
    const rebound = Object.assign(Object.create(Object.getPrototypeOf(house)), house, { host: 'evil.example', origin: 'http://evil.example' });
    assert.equal((await rebound.http('POST', '/api/session', { login: 'alix', password: 'secret of alix' })).status, 403);
});

test('without a session no socket opens, and a plain request says why', async () => {
    for (const cookie of ['', 'desk=short', `v-${newId()}=${'A'.repeat(43)}`]) {
        await assert.rejects(new Page(house, '/ws/desk', { cookie }).opened, { status: 401 }, cookie);
    }
    await assert.rejects(new Page(house, '/ws/nowhere', {}).opened, { status: 404 });
    assert.equal((await house.http('GET', '/ws/desk')).status, 401);
    const cookie = await house.signIn('alix');
    assert.equal((await house.http('GET', '/ws/desk', undefined, { cookie })).status, 426);
    /* well formed, but nobody's */
    const page = new Page(house, '/ws/desk', { cookie: `desk=${'A'.repeat(43)}` });
    await page.frame((each) => each.signed_out);
    assert.equal(await page.gone, 1000);
    assert.ok(!page.frames.some((each) => each.me));
});

test('only our subprotocol, only HTTP/1.1', async () => {
    const cookie = await house.signIn('alix');
    await assert.rejects(new Page(house, '/ws/desk', { cookie, protocol: 'vestibule.2' }).opened, { status: 400 });
    const none = await raw(upgrade('/ws/desk', ['Upgrade: websocket', `Origin: ${house.origin}`, `Cookie: ${cookie}`]), { within: 1500 });
    assert.match(none, /^HTTP\/1\.[01] 400/);
    const h2c = await raw(upgrade('/', ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__', `Origin: ${house.origin}`]), { within: 1500 });
    assert.match(h2c, /^HTTP\/1\.[01] 400/);
    assert.ok(!h2c.includes('101'));
});

test('a signed out socket is told and closed', async () => {
    const desk = await house.desk('alix');
    const out = await house.http('DELETE', '/api/session', undefined, { cookie: desk.cookie });
    assert.equal(out.status, 204);
    assert.match(out.setCookie[0], /^desk=; .*Max-Age=0/);
    assert.equal((await house.http('GET', '/ws/desk', undefined, { cookie: desk.cookie })).status, 401);
    desk.drop();
});

test('wrong passwords tell nothing, bad bodies are named', async () => {
    const wrong = await house.http('POST', '/api/session', { login: 'alix', password: 'x' });
    const nobody = await house.http('POST', '/api/session', { login: 'nobody', password: 'x' });
    assert.deepEqual([wrong.status, wrong.body], [401, nobody.body]);
    assert.equal(wrong.headers.get('content-type'), 'application/problem+json');
    const bodies = ['', '{', '[]', 'null', '{"login":1,"password":"x"}', '{"login":"a"}', '{"login":"a","password":"b","more":1}', `{"login":"${'a'.repeat(64)}","password":"b"}`, '{"login":"a","login":"b","password":"c"}'];
    for (const body of bodies) {
        const answer = await house.http('POST', '/api/session', body);
        assert.equal(answer.status, 400, body);
        assert.equal(answer.body.code, 'invalid');
    }
});

test('bodies and headers have bounds', async () => {
    const large = await raw(`POST /api/session HTTP/1.1\r\nHost: ${house.host}\r\nContent-Length: 999999999\r\n\r\n`);
    assert.match(large, /^HTTP\/1\.1 413/);
    const chunked = await raw(`POST /api/session HTTP/1.1\r\nHost: ${house.host}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`);
    assert.match(chunked, /^HTTP\/1\.1 411/);
    const cookie = await raw(`GET /desk HTTP/1.1\r\nHost: ${house.host}\r\nCookie: ${'a=1; '.repeat(1200)}\r\n\r\n`);
    assert.match(cookie, /^HTTP\/1\.1 431/);
    const path = await house.http('GET', `/v/${'a'.repeat(2000)}`);
    assert.equal(path.status, 431);
    for (const garbage of ['\0\0\0\0', 'GET', 'GET / HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\x00\x01', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET ' + '/'.repeat(70000)])
        await raw(garbage, { within: 300 });
    assert.equal((await house.http('GET', '/healthz')).status, 200);
    assert.equal((await house.http('GET', '/readyz')).status, 200);
});

test('methods and paths that are not ours', async () => {
    assert.equal((await house.http('GET', '/nothing')).status, 404);
    assert.equal((await house.http('PUT', '/api/session', {})).status, 405);
    assert.equal((await house.http('GET', '/api/session')).status, 405);
    for (const path of ['/../../../../etc/passwd', '/assets/../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '//etc/passwd', '/v', '/v/', '/api/visit/short/prescription.pdf', `/api/visit/${newId()}/draft/x.pdf`]) {
        const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${house.host}\r\nConnection: close\r\n\r\n`, { within: 1500 });
        assert.match(answer, /^HTTP\/1\.1 4(04|05|03)/, path);
        assert.ok(!answer.includes('root:'));
    }
    const webhook = await house.http('POST', '/api/payment/webhook', '{}', { origin: '' });
    assert.equal(webhook.status, 404); /* no provider configured */
});

test('pages carry the browser header set', async () => {
    const page = await house.http('GET', '/join');
    const policy = page.headers.get('content-security-policy');
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", `connect-src 'self' ws://${house.host}`, "require-trusted-types-for 'script'"])
        assert.ok(policy.includes(rule), rule);
    assert.ok(!policy.includes('unsafe'));
    assert.match(page.headers.get('permissions-policy'), /camera=\(self\), microphone=\(self\), display-capture=\(self\)/);
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.equal(page.headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(page.headers.get('strict-transport-security'), null); /* plain HTTP */
    const answer = await house.http('GET', '/healthz');
    assert.match(answer.headers.get('permissions-policy'), /camera=\(\)/);
});

test('assets come compressed, once', async () => {
    const html = (await house.http('GET', '/join')).bytes.toString('utf8');
    const path = html.match(/\/assets\/[\w.-]+\.js/)[0];
    const plain = await house.http('GET', path, undefined, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.match(plain.headers.get('content-type'), /^text\/javascript/);
    const heard = await raw(`GET ${path} HTTP/1.1\r\nHost: ${house.host}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n`, { within: 1500 });
    assert.match(heard, /content-encoding: gzip/);
    const packed = Buffer.from(heard.slice(heard.indexOf('\r\n\r\n') + 4), 'latin1');
    assert.ok(gunzipSync(packed).equals(plain.bytes));
    const again = await house.http('GET', path, undefined, { headers: { 'if-none-match': plain.headers.get('etag') } });
    assert.equal(again.status, 304);
    const head = await house.http('HEAD', path);
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
});

test('tries of one address run out', async () => {
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await house.http('POST', '/api/join', { code: 'AAAAAAAA', year: 1950, month: 1, day: 1 })).status);
    assert.equal(statuses.at(-1), 429, statuses.join());
    /* Nobody believes a header of a stranger. */
    const other = await house.http('POST', '/api/join', { code: 'AAAAAAAA', year: 1950, month: 1, day: 1 }, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    assert.equal(other.status, 429);
});

test('a wrong setting stops the start with a sentence that names it', async () => {
    const start = async (...settings) => {
        const child = spawn(program(), ['--config', house.config, ...settings], { stdio: ['ignore', 'ignore', 'pipe'] });
        let said = '';
        child.stderr.on('data', (text) => (said += text));
        const [code] = await once(child, 'exit');
        return { code, said };
    };
    const wrong = await start('listn=1');
    assert.equal(wrong.code, 1);
    assert.match(wrong.said, /listn/);
    assert.match((await start('listen=0.0.0.0:9')).said, /0\.0\.0\.0.*tls_certificate/);
    const bad = join(house.folder, 'bad.conf');
    writeFileSync(bad, '\n# x\nlog = loud\n');
    assert.match((await start('--config', bad)).said, /bad\.conf, line 3: log/);
    assert.match((await start('master_key=/nonexistent')).said, /master_key/);
    const taken = await start(`database=${join(house.folder, 'other.db')}`);
    assert.equal(taken.code, 1, taken.said);
    assert.match(taken.said, /listen/);
});
