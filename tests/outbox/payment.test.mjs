// Our Stripe adapter against the sandbox process; and the real stripe package
// against the same sandbox, so that the sandbox speaks the real dialect.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import Stripe from 'stripe';
import { startSandbox } from '../../deploy/demo/sandbox.mjs';
import { probe } from './probe.mjs';

const key = 'sk_test_1';
const visit = 'AQIDBAUGBwgJCgsMDQ4PEA';
let running;
let number = 0;
let order;

before(async () => {
    running = await startSandbox({ key, webhookSecret: 'whsec_1' });
});
after(() => running.close());
beforeEach(() => {
    order = `${visit}-${++number}`;
});
const ask = (verb, ...args) => probe([verb, running.api, key, ...args]);
const create = (name = order, minor = 3000) => ask('create', name, visit, minor, 'EUR', 'fr');
const act = async (checkout, verb) => {
    const answer = await fetch(`${running.api}/sandbox/act`, {
        method: 'POST',
        body: JSON.stringify({ checkout, do: verb }),
    });
    assert.equal(answer.status, 200);
};

test('an order makes a page; the same order again makes no second one', async () => {
    const first = await create();
    assert.equal(first.outcome, 'done');
    assert.equal(first.status, 'open');
    assert.equal(first.reference, visit);
    assert.equal(first.key, order);
    assert.deepEqual([first.minor, first.currency], [3000, 'EUR']);
    assert.match(first.url, /^http:\/\/payment\.localhost:\d+\/c\/pay\/cs_test_/);
    assert.equal((await create()).checkout, first.checkout);
});

test('no word about health leaves, and everything that leaves is known', async () => {
    const made = await create();
    const { sandbox } = running;
    const session = sandbox.ledger.session(made.checkout);
    assert.equal(session.description, 'Consultation');
    assert.deepEqual(Object.keys(session.metadata), ['key']);
    assert.equal(session.success_url, 'http://patient.localhost:8443/paid?a=1&b=é');
});

test('the same key with another amount: look before anything is sent again', async () => {
    await create();
    const answer = await create(order, 4000);
    assert.deepEqual([answer.outcome, answer.why], ['fetch_first', 'key_used']);
});

test('an answer of 500 may hide a page: find it by the order', async () => {
    await fetch(`${running.api}/sandbox/api`, { method: 'POST', body: '{"answer_500":1}' });
    const answer = await create();
    assert.deepEqual([answer.outcome, answer.why], ['fetch_first', 'http_500']);
    // The provider replays its first answer: asking again with the key is no use.
    assert.equal((await create()).outcome, 'fetch_first');

    const found = await ask('find', order, Date.now() - 60000);
    assert.equal(found.outcome, 'done');
    assert.equal(found.key, order);
    const none = await ask('find', 'never-ordered', Date.now() - 60000);
    assert.deepEqual([none.outcome, none.why], ['refused', 'not_found']);
});

test('declined, then paid, then refunded, then disputed: fetch says so each time', async () => {
    const { checkout } = await create();
    assert.equal((await ask('fetch', checkout)).status, 'open');
    await act(checkout, 'decline');
    assert.equal((await ask('fetch', checkout)).status, 'declined');
    await act(checkout, 'pay');
    const paid = await ask('fetch', checkout);
    assert.deepEqual([paid.status, paid.refunded, paid.url], ['paid', 0, '']);

    assert.equal((await ask('refund', `${order}-r`, checkout, 1000)).outcome, 'done');
    assert.equal((await ask('refund', `${order}-r`, checkout, 1000)).outcome, 'done');
    assert.equal((await ask('fetch', checkout)).refunded, 1000);
    assert.equal((await ask('refund', `${order}-s`, checkout, 0)).outcome, 'done');
    assert.equal((await ask('fetch', checkout)).refunded, 3000);
    const again = await ask('refund', `${order}-t`, checkout, 0);
    assert.deepEqual([again.outcome, again.why], ['fetch_first', 'refunded_already']);

    await act(checkout, 'dispute');
    assert.equal((await ask('fetch', checkout)).disputed, true);
});

test('what an event is about leads to the checkout', async () => {
    const { checkout } = await create();
    await act(checkout, 'decline');
    const event = running.sandbox.ledger.events.at(-1);
    assert.equal(event.type, 'payment_intent.payment_failed');
    const found = await ask('fetch', event.data.object.id);
    assert.deepEqual([found.checkout, found.status], [checkout, 'declined']);
});

test('a page is closed once; after that one has to look why', async () => {
    const { checkout } = await create();
    assert.equal((await ask('expire', checkout)).outcome, 'done');
    assert.equal((await ask('fetch', checkout)).status, 'expired');
    // Repeated under the same key it is the same answer.
    assert.equal((await ask('expire', checkout)).outcome, 'done');

    const { checkout: paid } = await create(`${order}-2`);
    await act(paid, 'pay');
    const answer = await ask('expire', paid);
    assert.deepEqual([answer.outcome, answer.why], ['fetch_first', 'not_open']);
    const unpaid = await ask('refund', `${order}-r`, checkout, 0);
    assert.deepEqual([unpaid.outcome, unpaid.why], ['refused', 'not_paid']);
});

test('reconciliation sees every page, over several pages of a list', async () => {
    const since = Date.now() - 60000;
    const known = running.sandbox.ledger.sessions.size;
    for (let i = 0; i < 130; i++)
        running.sandbox.ledger.create({
            mode: 'payment',
            success_url: 'http://x.localhost/',
            line_items: [
                { price_data: { unit_amount: 100, currency: 'eur', product_data: { name: 'C' } } },
            ],
        });
    const { outcome, all } = await ask('list', since);
    assert.equal(outcome, 'done');
    assert.equal(all.length, known + 130);
    assert.equal(new Set(all.map((s) => s.checkout)).size, all.length);
});

test('names that are no names are not even asked for', async () => {
    for (const name of ['', '../x', 'cs_1/expire', 'cs 1', 'cs_1?x=y']) {
        const answer = await ask('fetch', name);
        assert.deepEqual([answer.outcome, answer.why], ['refused', 'not_found']);
    }
    assert.deepEqual((await ask('fetch', 'cs_unknown')).why, 'http_404');
});

test('a wrong key waits for somebody to mend it; a dead host is tried again', async () => {
    const wrong = await probe(['fetch', running.api, 'sk_wrong', 'cs_1']);
    assert.deepEqual([wrong.outcome, wrong.why], ['retry', 'http_401']);
    const dead = await probe(['fetch', 'http://localhost:1', key, 'cs_1']);
    assert.deepEqual([dead.outcome, dead.why], ['retry', 'no_connection']);
});

test('the real stripe package gets along with the sandbox', async () => {
    const stripe = new Stripe(key, {
        host: '127.0.0.1',
        port: running.port,
        protocol: 'http',
        maxNetworkRetries: 0,
        telemetry: false,
    });
    const line = {
        quantity: 1,
        price_data: { currency: 'eur', unit_amount: 2500, product_data: { name: 'Consultation' } },
    };
    const params = { mode: 'payment', line_items: [line], success_url: 'https://x.example/ok' };
    const session = await stripe.checkout.sessions.create(params, { idempotencyKey: order });
    assert.equal(session.amount_total, 2500);
    const again = await stripe.checkout.sessions.create(params, { idempotencyKey: order });
    assert.equal(again.id, session.id);
    await assert.rejects(
        stripe.checkout.sessions.create({ ...params, locale: 'en' }, { idempotencyKey: order }),
        { type: 'StripeIdempotencyError' },
    );
    await act(session.id, 'pay');
    const paid = await stripe.checkout.sessions.retrieve(session.id, {
        expand: ['payment_intent.latest_charge'],
    });
    assert.equal(paid.payment_status, 'paid');
    const refund = await stripe.refunds.create({ payment_intent: paid.payment_intent.id });
    assert.equal(refund.amount, 2500);
    await assert.rejects(stripe.checkout.sessions.expire(session.id), {
        type: 'StripeInvalidRequestError',
    });
    const seen = [];
    for await (const s of stripe.checkout.sessions.list({ limit: 50 })) seen.push(s.id);
    assert.ok(seen.includes(session.id));
});
