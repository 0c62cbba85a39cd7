// Headers made by the real stripe package, judged by our C; and its own verdict
// beside ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Stripe from 'stripe';
import { sign } from '../../deploy/demo/sandbox/webhooks.mjs';
import { probe } from './probe.mjs';

const stripe = new Stripe('sk_test_x');
const secret = 'whsec_0123456789abcdef';
const nowS = 1795700000;
const body = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'checkout.session.completed',
    data: { object: { id: 'cs_test_1', object: 'checkout.session', note: 'réglé – €' } },
});
const header = (options) =>
    stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: nowS, ...options });
const ask = (payload, signature, at = nowS) =>
    probe(['verify', secret, signature, at * 1000], payload);

test('a header of the real package is good, and the event is read', async () => {
    const answer = await ask(body, header());
    assert.deepEqual(answer, { verdict: 'good', id: 'evt_1', about: 'cs_test_1' });
});

test('another secret, another body, another time are refused', async () => {
    assert.equal((await ask(body, header({ secret: 'whsec_other' }))).verdict, 'refused');
    assert.equal((await ask(body.replace('cs_test_1', 'cs_test_2'), header())).verdict, 'refused');
    assert.equal((await ask(`${body} `, header())).verdict, 'refused');
    const moved = header().replace(`t=${nowS}`, `t=${nowS + 1}`);
    assert.equal((await ask(body, moved)).verdict, 'refused');
    assert.equal((await ask(body, 'nonsense')).verdict, 'unreadable');
});

test('we refuse a stamp exactly when the package does', async () => {
    for (const age of [0, 299, 300, 301, 4000]) {
        const signature = header({ timestamp: nowS - age });
        let theirs = 'good';
        try {
            stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, nowS * 1000);
        } catch {
            theirs = 'refused';
        }
        assert.equal((await ask(body, signature)).verdict, theirs, `age ${age}`);
    }
});

test('while secrets are changed, either signature will do', async () => {
    const old = header({ secret: 'whsec_old' });
    const both = `${old},${header().split(',')[1]}`;
    assert.equal((await ask(body, both)).verdict, 'good');
});

test('the real package accepts what our sandbox signs', () => {
    const event = stripe.webhooks.constructEvent(
        body,
        sign(secret, body, nowS),
        secret,
        300,
        undefined,
        nowS * 1000,
    );
    assert.equal(event.id, 'evt_1');
});
