// Our SMS, received by a plain HTTP server.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { probe } from './probe.mjs';

async function withGateway(answer, run) {
    const received = [];
    const server = http.createServer(async (request, response) => {
        let body = '';
        for await (const part of request) body += part;
        received.push({ method: request.method, url: request.url, headers: request.headers, body });
        const { status, headers = {} } = answer(received.length);
        response.writeHead(status, headers);
        response.end('{}');
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    try {
        await run(`http://localhost:${server.address().port}/sms`, received);
    } finally {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
    }
}
const send = (url, id = '42.booked') =>
    probe(['sms', url, 'key-1', '+33639980001', id], 'Rendez-vous vidéo « demain » à 9 h');

test('one POST of JSON with key and id', async () => {
    await withGateway(() => ({ status: 202 }), async (url, received) => {
        assert.equal((await send(url)).outcome, 'done');
        const [{ method, headers, body }] = received;
        assert.equal(method, 'POST');
        assert.equal(headers.authorization, 'Bearer key-1');
        assert.equal(headers['idempotency-key'], '42.booked');
        assert.match(headers['content-type'], /^application\/json/);
        assert.deepEqual(JSON.parse(body), {
            to: '+33639980001',
            from: 'Tilleuls',
            text: 'Rendez-vous vidéo « demain » à 9 h',
            id: '42.booked',
        });
    });
});

test('busy: as long as the gateway asks; refused: never again', async () => {
    const busy = { status: 429, headers: { 'retry-after': '30' } };
    await withGateway(() => busy, async (url) => {
        assert.deepEqual(await send(url), { outcome: 'retry', why: 'http_429', wait_ms: 30000 });
    });
    await withGateway(() => ({ status: 503 }), async (url) => {
        assert.equal((await send(url)).outcome, 'retry');
    });
    await withGateway(() => ({ status: 400 }), async (url) => {
        assert.deepEqual(await send(url), { outcome: 'refused', why: 'http_400', wait_ms: 0 });
    });
});

test('a redirect is not followed', async () => {
    const elsewhere = { status: 307, headers: { location: 'http://127.0.0.1:1/' } };
    await withGateway(() => elsewhere, async (url, received) => {
        assert.deepEqual(await send(url), { outcome: 'refused', why: 'http_307', wait_ms: 0 });
        assert.equal(received.length, 1);
    });
});

test('a gateway elsewhere is only spoken to over TLS', async () => {
    const answer = await send('http://sms.example/send');
    assert.deepEqual([answer.outcome, answer.why], ['refused', 'bad_url']);
});
