// The payment sandbox as a person and as our server meet it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import Stripe from 'stripe';
import { startSandbox } from '../../deploy/demo/sandbox.mjs';

const stripe = new Stripe('sk_test_x');
const secret = 'whsec_demo';
let hook; // the server that is told
let running;

// Keeps what it is told; next(n) resolves once n events came in all.
class Hook {
    received = [];
    status = () => 200;
    #waiting = [];

    async start() {
        this.server = http.createServer(async (request, response) => {
            const parts = [];
            for await (const part of request) parts.push(part);
            const body = Buffer.concat(parts).toString('utf8');
            const event = stripe.webhooks.constructEvent(
                body,
                request.headers['stripe-signature'],
                secret,
            );
            const status = this.status(event);
            response.writeHead(status).end();
            this.received.push({ type: event.type, id: event.id, status });
            this.#waiting = this.#waiting.filter(({ count, done }) => {
                if (this.received.length < count) return true;
                done(this.received.map((e) => e.type));
                return false;
            });
        });
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        this.url = `http://127.0.0.1:${this.server.address().port}/hook`;
    }

    next(count) {
        if (this.received.length >= count)
            return Promise.resolve(this.received.map((e) => e.type));
        return new Promise((done) => this.#waiting.push({ count, done }));
    }

    stop() {
        this.server.closeAllConnections();
        return new Promise((done) => this.server.close(done));
    }
}

before(async () => {
    hook = new Hook();
    await hook.start();
});
after(() => hook.stop());
beforeEach(async () => {
    hook.received = [];
    hook.status = () => 200;
    running = await startSandbox({ key: 'sk', webhookUrl: hook.url, webhookSecret: secret });
});
afterEach(() => running.close());

const order = (locale = 'fr') =>
    running.sandbox.ledger.create({
        mode: 'payment',
        locale,
        success_url: 'http://patient.localhost:1/v/x?paid',
        cancel_url: 'http://patient.localhost:1/v/x',
        line_items: [
            {
                quantity: 1,
                price_data: {
                    unit_amount: 3000,
                    currency: 'eur',
                    product_data: { name: 'Consultation <&>' },
                },
            },
        ],
    });
const pageOf = (session) => `${running.api}/c/pay/${session.id}`;
const press = (session, action) =>
    fetch(pageOf(session), {
        method: 'POST',
        body: new URLSearchParams({ action }),
        redirect: 'manual',
    });
const control = (what, body) =>
    fetch(`${running.api}/sandbox/${what}`, { method: 'POST', body: JSON.stringify(body) });

test('the page says what is paid, in both languages, and loads nothing from elsewhere', async () => {
    const session = order();
    const answer = await fetch(pageOf(session));
    const html = await answer.text();
    assert.match(html, /<html lang="fr">/);
    assert.match(html, /30,00\s€/);
    assert.match(html, /Consultation &lt;&amp;&gt;/);
    for (const word of ['Payer', 'Carte refusée', 'Annuler et revenir']) assert.ok(html.includes(word));
    assert.doesNotMatch(html, /<script|https?:\/\//);
    const policy = answer.headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /form-action 'self' http:\/\/patient\.localhost:1/);

    const english = await (await fetch(pageOf(order('en')))).text();
    assert.match(english, /<html lang="en">/);
    for (const word of ['€30.00', 'Pay', 'Card declined', 'Cancel and go back'])
        assert.ok(english.includes(word));
});

test('paying leads back, once, and two signed events tell of it', async () => {
    const session = order();
    const answer = await press(session, 'pay');
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), session.success_url);
    assert.deepEqual((await hook.next(2)).sort(), [
        'checkout.session.completed',
        'payment_intent.succeeded',
    ]);
    await press(session, 'pay'); // a double click
    assert.equal(running.sandbox.ledger.charges.size, 1);
    assert.match(await (await fetch(pageOf(session))).text(), /Ce paiement est fait/);
});

test('a declined card can be tried again; cancelling leads back', async () => {
    const session = order();
    const answer = await press(session, 'decline');
    const next = new URL(answer.headers.get('location'), running.api);
    assert.match(await (await fetch(next)).text(), /role="alert".*refusée. Rien n’a été débité/);
    assert.deepEqual(await hook.next(1), ['payment_intent.payment_failed']);
    assert.equal((await press(session, 'cancel')).headers.get('location'), session.cancel_url);
    assert.equal((await press(session, 'pay')).headers.get('location'), session.success_url);
});

test('closed and unknown pages say so', async () => {
    const session = order();
    running.sandbox.ledger.expire(session.id);
    const closed = await (await fetch(pageOf(session))).text();
    assert.match(closed, /n’est plus valable/);
    assert.ok(closed.includes(session.cancel_url));
    assert.equal((await fetch(`${running.api}/c/pay/cs_test_none`)).status, 404);
});

test('an event is sent until it is taken', async () => {
    let refusals = 1;
    hook.status = () => (refusals-- > 0 ? 503 : 200);
    running.sandbox.ledger.expire(order().id);
    assert.deepEqual(await hook.next(2), ['checkout.session.expired', 'checkout.session.expired']);
    assert.deepEqual(hook.received.map((e) => e.status), [503, 200]);
    assert.equal(hook.received[0].id, hook.received[1].id);
});

test('lost: the first never comes', async () => {
    await control('webhooks', { lose: 1 });
    await press(order(), 'pay'); // two events: the first is lost
    running.sandbox.ledger.expire(order().id);
    assert.deepEqual((await hook.next(2)).sort(), [
        'checkout.session.completed',
        'checkout.session.expired',
    ]);
});

test('repeated: the same event comes again', async () => {
    await control('webhooks', { repeat: 2 });
    running.sandbox.ledger.expire(order().id);
    await hook.next(3);
    assert.equal(new Set(hook.received.map((e) => e.id)).size, 1);
});

test('reordered: the later comes first', async () => {
    await control('webhooks', { reorder: true });
    await press(order(), 'pay');
    assert.deepEqual(await hook.next(2), ['checkout.session.completed', 'payment_intent.succeeded']);
});

test('delayed: not before its time', async () => {
    await control('webhooks', { delay_ms: 300 });
    const begun = performance.now();
    running.sandbox.ledger.expire(order().id);
    await hook.next(1);
    assert.ok(performance.now() - begun >= 290);
});

test('another start knows the pages of the last', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-sandbox-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'sandbox.json');
    await running.close();
    running = await startSandbox({ key: 'sk', file });
    const session = order();
    await press(session, 'pay');
    await running.close();
    running = await startSandbox({ key: 'sk', file });
    assert.equal(running.sandbox.ledger.session(session.id).payment_status, 'paid');
});
