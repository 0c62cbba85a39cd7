/* /ws/check: somebody without a visit tries their device through the real relay,
 * and can do nothing else. What browsers hear, tests/e2e/check proves. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { booking, House, newId, Page, program } from './house.mjs';

let house;
let relay;
const sdp = readFileSync(fileURLToPath(new URL('../vector/chromium156-offer.sdp', import.meta.url)), 'utf8');

before(async () => {
    house = await House.start();
    await house.furnish();
    const port = 20000 + Math.floor(Math.random() * 20000);
    relay = spawn(join(dirname(program()), 'vestibule-relay'), ['--control', join(house.folder, 'relay'), '--listen', `127.0.0.1:${port}`, '--workers', '1'], { stdio: 'ignore' });
    process.once('exit', () => relay.kill('SIGKILL'));
    await house.serve(`relay=${join(house.folder, 'relay')}`);
});
after(async () => {
    assert.deepEqual(await house.end(), { code: 0, signal: null }, house.log);
    relay.kill('SIGTERM');
});

const open = () => new Page(house, '/ws/check').opened;

/* The relay may still be starting: `no_relay` says to try again. */
async function offer(page) {
    for (let tries = 0; ; tries++) {
        const answer = await page.ask('offer', undefined, { sdp });
        if (answer.refused !== 'no_relay' || tries > 50) return answer;
        await new Promise((resolve) => setTimeout(resolve, 200)); /* as pages do */
    }
}

test('an offer is answered without anybody saying who they are', async () => {
    const page = await open();
    await page.must('ping');
    assert.match((await offer(page)).answer ?? '', /^v=0\r\n/);
    await page.must('house', undefined, { play: 'echo' });
    await page.must('house', undefined, { play: 'none' });
    /* nobody has connected yet, so there is no line to measure */
    assert.equal((await page.ask('probe', undefined, {})).refused, 'unknown_peer');
    assert.equal((await page.ask('house', undefined, { play: 'loud' }, { check: false })).refused, 'invalid');
    assert.equal((await page.ask('offer', undefined, { sdp: 'nonsense' })).refused, 'bad_offer');
    assert.deepEqual(page.problems, []);
    await page.close();
});

test('nothing else is to be had there', async () => {
    const secretary = await house.desk('alix');
    const visit = (await secretary.must('book', house.doctor, booking())).of;
    const page = await open();
    for (const verb of ['watch', 'show_day', 'presence', 'take_over', 'arrive', 'incident', 'find', 'nonsense', 'report_incident']) {
        const answer = await page.ask(verb, visit, {}, { check: false });
        assert.equal(answer.refused, 'forbidden', verb);
    }
    assert.ok(page.frames.every((each) => 're' in each), 'only answers');
    await page.close();
    await secretary.close();
});

test('from elsewhere it does not open, and it is no way around a size', async () => {
    await assert.rejects(new Page(house, '/ws/check', { origin: 'https://elsewhere.example' }).opened, { status: 403 });
    const page = await open();
    page.raw(JSON.stringify({ id: newId(), do: 'offer', with: { sdp: 'x'.repeat(60_000) } }));
    assert.equal(await page.gone, 1009);
});

/* How many peers the relay has. */
async function peers() {
    const control = createConnection(join(house.folder, 'relay'));
    await once(control, 'connect');
    control.write('{"id":1,"do":"ping"}\n');
    let text = '';
    while (!text.includes('"re"')) text += (await once(control, 'data'))[0];
    control.destroy();
    return JSON.parse(text.split('\n').find((line) => line.includes('"re"'))).peers;
}

test('the peer goes with its socket', async () => {
    const page = await open();
    await offer(page);
    assert.equal(await peers(), 1);
    await page.close();
    for (let tries = 0; (await peers()) > 0; tries++) {
        assert.ok(tries < 50, 'the relay still has it');
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    /* and one that is still there does not hold the end of the house up */
    assert.match((await offer(await open())).answer, /^v=0/);
});

test('one socket has its fill, and one address too', async () => {
    const page = await open();
    for (let i = 0; i < 70; i++) page.raw(JSON.stringify({ id: newId(), do: 'ping' }));
    await page.gone;
    const statuses = [];
    for (let i = 0; i < 12; i++)
        statuses.push(await open().then((each) => each.close().then(() => 101), (error) => error.status));
    assert.ok(statuses.includes(429), statuses.join());
});
