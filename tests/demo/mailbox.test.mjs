// The demo's mailbox, filled by our own deliveries.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { startMailbox } from '../../deploy/demo/mailbox.mjs';
import { probe } from '../outbox/probe.mjs';

let running;
let url;
beforeEach(async () => {
    running = await startMailbox({ smsKey: 'key-1' });
    url = `http://127.0.0.1:${running.port}`;
});
afterEach(() => running.close());

const mail = (id, text) =>
    probe(
        ['mail', `smtp://127.0.0.1:${running.smtpPort}`, 'rdv@tilleuls.example', 'zoe@patients.example', id],
        text,
    );
const sms = (id, key = 'key-1') => probe(['sms', `${url}/sms`, key, '+33639980001', id], 'À 9 h');
const messages = async (query = '') =>
    (await (await fetch(`${url}/api/messages${query}`)).json()).messages;

test('mail and SMS are listed, and the page shows them without believing them', async () => {
    assert.equal((await mail('1.a', 'Voici <b>\nhttps://visio.example/v/a?x=1&y=2\n')).outcome, 'done');
    assert.equal((await sms('1.b')).outcome, 'done');
    const [first, second] = await messages();
    assert.deepEqual([first.channel, first.to], ['mail', 'zoe@patients.example']);
    assert.match(first.text, /https:\/\/visio\.example\/v\/a/);
    assert.deepEqual([second.channel, second.to, second.text], ['sms', '+33639980001', 'À 9 h']);
    const html = await (await fetch(url)).text();
    assert.match(html, /Voici &lt;b&gt;/);
    assert.match(html, /<a href="https:\/\/visio\.example\/v\/a\?x=1&amp;y=2">/);
    assert.doesNotMatch(html, /<script/);
});

test('who waits is woken by what comes', async () => {
    const waiting = messages('?to=zoe@patients.example&wait_ms=20000');
    await sms('2.a'); // not for them
    await mail('2.b', 'Bonjour');
    assert.deepEqual((await waiting).map((m) => m.channel), ['mail']);
    assert.deepEqual(await messages('?after=2'), []);
});

test('a message sent twice arrives once; a wrong key is refused', async () => {
    await sms('3.a');
    await sms('3.a');
    assert.equal((await messages()).length, 1);
    assert.deepEqual((await sms('3.b', 'wrong')).why, 'http_401');
});

test('it can refuse, so that trying again can be seen', async () => {
    await fetch(`${url}/api/refuse`, { method: 'POST', body: '{"mail":1,"sms":1}' });
    assert.deepEqual((await mail('4.a', 'x')).why, 'smtp_451');
    assert.deepEqual((await sms('4.b')).why, 'http_503');
    assert.equal((await mail('4.a', 'x')).outcome, 'done');
    assert.equal((await sms('4.b')).outcome, 'done');
    assert.equal((await messages()).length, 2);
});
