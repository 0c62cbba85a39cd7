// Money, through the real server, the sandbox and webhooks that get lost, repeated,
// reordered and forged: a visit is settled once, by what the provider says.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startMailbox } from '../../deploy/demo/mailbox.mjs';
import { sign } from '../../deploy/demo/sandbox/webhooks.mjs';
import { secret, Till } from './till.mjs';

let till;
let sandbox;
let mailbox;
let house;
let secretary;

before(async () => {
    mailbox = await startMailbox({ smsKey: 'sms_money' });
    till = await Till.start(
        {
            mail_url: `smtp://127.0.0.1:${mailbox.smtpPort}`,
            mail_from: 'rdv@tilleuls.example',
            sms_url: `http://127.0.0.1:${mailbox.port}/sms`,
        },
        { sms_key_file: 'sms_money' },
    );
    ({ sandbox, house, secretary } = till);
});
afterEach(() => {
    sandbox.sandbox.webhooks.misbehave({ lose: 0, repeat: 0, delay_ms: 0, reorder: false });
});
after(async () => {
    const how = await till.end();
    await mailbox.close();
    assert.deepEqual(how, { code: 0, signal: null }, house.log);
});

const due = (mail) => till.due(mail);
const ended = (visit) => till.ended(visit);
const opened = (visit) => till.opened(visit);
const books = () => sandbox.sandbox.ledger;
const pays = (visit) => books().pay(visit.checkout);
const settled = ({ page }, within = 10000) =>
    page.frame((each) => each.view?.settlement === 'paid', { what: 'paid', within });
const close = ({ page }) => page.ws.terminate();

test('a page opens, is paid, and the visit is settled', async () => {
    const visit = await opened(await ended(await due()));
    const session = books().session(visit.checkout);
    assert.equal(session.client_reference_id, visit.of);
    assert.deepEqual([session.amount_total, session.currency], [2500, 'eur']);
    assert.ok(session.success_url.startsWith(house.origin));
    pays(visit);
    await settled(visit);
    const receipt = await house.http('GET', `/api/visit/${visit.of}/receipt.pdf`, undefined, {
        cookie: visit.page.cookie,
    });
    assert.equal(receipt.status, 200);
    close(visit);
});

// One page paid at once, the other after a declined card.
test('every webhook lost: the house asks by itself', async () => {
    const first = await opened(await ended(await due()));
    const second = await opened(await ended(await due()));
    books().decline(second.checkout);
    await second.page.view((view) => view.step === 'payment_failed');
    sandbox.sandbox.webhooks.misbehave({ lose: 1000 });
    for (const visit of [first, second]) pays(visit);
    await Promise.all([settled(first, 60000), settled(second, 60000)]);
    for (const visit of [first, second]) close(visit);
});

test('repeated and the wrong way round: settled once', async () => {
    const visit = await opened(await ended(await due()));
    sandbox.sandbox.webhooks.misbehave({ repeat: 3, reorder: true });
    pays(visit);
    await settled(visit);
    const [session] = [...books().sessions.values()].filter((s) => s.client_reference_id === visit.of);
    assert.equal(session.payment_status, 'paid');
    assert.equal([...books().refunds.values()].some((r) => r.payment_intent === session.payment_intent), false);
    close(visit);
});

test('a forged, altered or old webhook is refused and changes nothing', async () => {
    const visit = await opened(await ended(await due()));
    const body = JSON.stringify({
        id: 'evt_forged',
        type: 'checkout.session.completed',
        data: { object: { id: visit.checkout, object: 'checkout.session', payment_status: 'paid' } },
    });
    const now = Math.floor(Date.now() / 1000);
    const post = (signature, text = body) =>
        house.http('POST', '/api/payment/webhook', text, {
            origin: undefined,
            headers: { 'stripe-signature': signature },
        });
    for (const signature of [sign('whsec_other', body), sign(secret, `${body} `), sign(secret, body, now - 301), 'x']) {
        const { status } = await post(signature);
        assert.ok(status >= 400 && status < 500, `${status}`);
    }
    // Rightly signed, but it is only a hint: the provider says it is not paid.
    assert.ok((await post(sign(secret, body))).status < 300);
    pays(visit); // and now it is: had the hint been believed, it were a surplus
    await settled(visit);
    assert.equal(books().refunds.size, 0);
    close(visit);
});

test('declined, then paid on the same page', async () => {
    const visit = await opened(await ended(await due()));
    books().decline(visit.checkout);
    await visit.page.view((view) => view.step === 'payment_failed');
    pays(visit);
    await settled(visit);
    close(visit);
});

// Resolves when the sandbox was told to close that page.
const closed = (checkout) =>
    new Promise((done) => {
        const look = () => {
            if (books().session(checkout).status !== 'expired') return;
            books().off('change', look);
            done();
        };
        books().on('change', look);
        look();
    });

test('another try opens another page and closes the first', async () => {
    const visit = await opened(await ended(await due()));
    books().decline(visit.checkout);
    await visit.page.view((view) => view.step === 'payment_failed');
    const again = await opened(visit);
    assert.notEqual(again.checkout, visit.checkout);
    await closed(visit.checkout);
    pays(again);
    await settled(again);
    close(visit);
});

test('settled at the desk while a page is open: nobody can pay on it any more', async () => {
    for (const first of ['open', 'declined']) {
        const visit = await opened(await ended(await due()));
        if (first === 'declined') {
            books().decline(visit.checkout);
            await visit.page.view((view) => view.step === 'payment_failed');
        }
        await secretary.must('settle', visit.of, { how: 'cash' });
        await closed(visit.checkout);
        close(visit);
    }
});

test('paid and settled at the same moment: what came on top goes back', async () => {
    const visit = await opened(await ended(await due()));
    sandbox.sandbox.webhooks.misbehave({ lose: 1000 });
    pays(visit);
    const back = new Promise((done) => books().on('event', (e) => e.type === 'charge.refunded' && done(e)));
    await secretary.must('settle', visit.of, { how: 'cash' });
    const event = await back; // the house finds it when it closes the page
    assert.equal(event.data.object.amount_refunded, 2500);
    close(visit);
});

test('a refund asked at the desk is made and shown', async () => {
    const visit = await opened(await ended(await due()));
    pays(visit);
    await settled(visit);
    await secretary.must('refund', visit.of);
    await visit.page.view((view) => view.refunded === true);
    close(visit);
});

test('messages go out by mail and SMS, with the link that opens', async () => {
    const visit = await due('zoe@patients.example');
    const token = await house.linkOf(visit.of);
    const mails = await mailbox.messages.wait({ to: 'zoe@patients.example' }, 20000);
    assert.ok(mails[0].text.includes(`${house.origin}/v/${token}`));
    assert.ok(!/Suivi|générale/.test(mails[0].text + mails[0].subject));
    assert.equal((await house.http('POST', '/api/link', { token })).body.state, 'ok');
    close(visit);
});
