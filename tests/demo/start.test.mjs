// `make run` as somebody new meets it: what it prints, that a second start keeps
// the data, that what dies is started again, that it leaves nothing behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, watch } from 'node:fs';
import https from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { Desk } from '../../deploy/demo/desk.mjs';
import { lives } from '../e2e/lib/clinic.mjs';

const root = resolve(import.meta.dirname, '../..');
const port = 19080;
const data = mkdtempSync(join(tmpdir(), 'vestibule-demo-'));
const running = new Set();

after(async () => {
    for (const demo of running) await demo.stop();
    rmSync(data, { recursive: true, force: true });
});

function start(env = {}) {
    const child = spawn(process.execPath, ['deploy/demo/demo.mjs'], {
        cwd: root,
        env: { ...process.env, HOST: '', DATA: data, PORT: String(port), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = [];
    const demo = { said, lines: [] };
    demo.ended = new Promise((done) =>
        child.once('exit', (code, signal) => {
            running.delete(demo);
            done({ code, signal });
        }),
    );
    demo.stop = (signal = 'SIGTERM') => {
        child.kill(signal);
        return demo.ended;
    };
    demo.of = (word) =>
        demo.lines.filter((line) => line[0] === word).map((line) => line.slice(1));
    running.add(demo);
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    return new Promise((done, fail) => {
        createInterface({ input: child.stdout }).on('line', (line) => {
            said.push(line);
            demo.lines.push(line.split(' '));
            if (line.startsWith('mailbox ')) done(demo);
        });
        demo.ended.then(() => fail(new Error(`the demo ended:\n${said.join('\n')}`)));
    });
}

const pids = () => JSON.parse(readFileSync(join(data, 'run.json'), 'utf8'));

async function rowsOfSoon(demo) {
    const [[url, login]] = demo.of('secretary');
    const desk = new Desk({ api: `http://127.0.0.1:${port}`, origin: new URL(url).origin });
    await desk.signIn(login, demo.of('password')[0][0]);
    await desk.connect();
    const rows = await desk.soon(60);
    desk.close();
    return rows;
}

let first;
let links;

test('the first start prints who opens what, last the mailbox', async () => {
    first = await start();
    assert.deepEqual(first.of('secretary'), [[`http://secretary.localhost:${port}/desk`, 'accueil']]);
    assert.equal(first.of('doctor').length, 2);
    for (const [url] of first.of('doctor')) assert.equal(url, `http://doctor.localhost:${port}/desk`);
    links = first.of('patient').map(([url]) => url);
    assert.equal(new Set(links).size, 3);
    for (const link of links)
        assert.match(link, new RegExp(`^http://patient\\.localhost:${port}/v/[\\w-]{50}$`));
    assert.deepEqual(first.of('mailbox'), [[`http://mailbox.localhost:${port + 2}`]]);
    assert.match(first.lines.at(-1)[0], /^mailbox$/);
});

test('the key lies in a folder of its own, for its owner only', () => {
    assert.equal(statSync(join(data, 'keys', 'master.key')).mode & 0o777, 0o600);
    assert.equal(statSync(join(data, 'keys')).mode & 0o777, 0o700);
});

test('three visits are booked for the next half hour, the first in five minutes', async () => {
    const starts = (await rowsOfSoon(first)).map((row) => row.view.start_ms).sort();
    assert.equal(starts.length, 3);
    assert.ok(starts[0] - Date.now() < 6 * 60000, 'one begins in five minutes');
    assert.ok(starts[2] - Date.now() < 31 * 60000, 'the waiting room of all is open');
});

test('what a printed link shows is the page, and the same link was sent by mail', async () => {
    const page = await fetch(links[0].replace('patient.localhost', '127.0.0.1'));
    assert.equal(page.status, 200);
    const url = `http://127.0.0.1:${port + 2}/api/messages?to=alix@patients.example&wait_ms=20000`;
    const { messages } = await (await fetch(url)).json();
    assert.ok(messages[0].text.includes(links[0]), messages[0].text);
});

test('killed the hard way, vestibule and the relay are there again', async () => {
    const before = pids();
    const changed = new Promise((done) => {
        const watcher = watch(data, () => {
            const now = pids();
            if (now.vestibule === before.vestibule || now.relay === before.relay) return;
            watcher.close();
            done(now);
        });
    });
    process.kill(before.vestibule, 'SIGKILL');
    process.kill(before.relay, 'SIGKILL');
    const now = await changed;
    assert.ok(lives(now.vestibule) && lives(now.relay));
    assert.ok(first.said.some((line) => line.includes('vestibule ended (signal SIGKILL)')));
});

test('Ctrl-C leaves nothing behind', async () => {
    const before = pids();
    assert.deepEqual(await first.stop('SIGINT'), { code: 0, signal: null });
    for (const [name, pid] of Object.entries(before)) assert.equal(lives(pid), false, name);
});

test('a second start keeps the visits and adds a fresh one', async () => {
    const second = await start();
    const again = second.of('patient').map(([url]) => url);
    assert.equal(again.length, 3);
    assert.equal(links.includes(again[0]), false, 'the first line is the fresh one');
    assert.ok(again.slice(1).every((link) => links.includes(link)));
    assert.equal((await rowsOfSoon(second)).length, 4);
    await second.stop();
});

test('a wrong setting stops the start with a sentence', async () => {
    await assert.rejects(start({ PORT: 'eighty' }), /PORT has to be a number/);
});

const own = Object.values(networkInterfaces())
    .flat()
    .find((i) => i.family === 'IPv4' && !i.internal)?.address;

// For a real phone: TLS at the address given, by a certificate that names it; the
// sandbox's controls and API stay on this machine.
test('HOST listens there with a certificate of its own', { skip: !own }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-host-'));
    const at = port + 100;
    const demo = await start({ HOST: own, DATA: folder, PORT: String(at) });
    try {
        const ca = readFileSync(join(folder, 'keys', 'tls.crt'));
        for (const host of [own, '127.0.0.1']) {
            const status = await new Promise((done, fail) => {
                https
                    .get({ host, port: at, path: '/healthz', ca, agent: false }, (answer) => {
                        answer.resume();
                        done(answer.statusCode);
                    })
                    .on('error', fail);
            });
            assert.equal(status, 200);
        }
        assert.deepEqual(demo.of('secretary'), [[`https://${own}:${at}/desk`, 'accueil']]);
        for (const [url] of demo.of('patient')) assert.ok(url.startsWith(`https://${own}:${at}/v/`));
        const controls = await fetch(`http://${own}:${at + 1}/sandbox/sessions`);
        assert.equal(controls.status, 404);
        assert.equal((await fetch(`http://127.0.0.1:${at + 1}/sandbox/sessions`)).status, 200);
    } finally {
        await demo.stop();
        rmSync(folder, { recursive: true, force: true });
    }
});
