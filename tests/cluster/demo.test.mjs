/* `make cluster` as somebody new meets it: what it prints, that a node and a proxy
 * that die send nobody away, that a second start keeps the data, that it leaves
 * nothing behind. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { lives, startClinic } from '../e2e/lib/clinic.mjs';
import { eventually } from './cluster.mjs';

let clinic;
let links;

after(() => clinic?.stop());

async function rows() {
    const desk = await clinic.desk();
    const found = await desk.soon(60);
    desk.close();
    return found;
}

const paths = () => clinic.patients.map(({ url }) => new URL(url).pathname);
const status = async (path) => (await fetch(`http://127.0.0.1:${clinic.port}${path}`)).status;

test('the first start prints who opens what, behind one address', async () => {
    clinic = await startClinic({ cluster: true });
    assert.equal(clinic.secretary.url, `http://secretary.localhost:${clinic.port}/desk`);
    assert.equal(clinic.doctors.length, 2);
    links = paths();
    assert.equal(new Set(links).size, 3);
    for (const link of links) assert.equal(await status(link), 200);
    const parts = ['postgres', 'redis', 'relay-one', 'relay-two', 'sandbox', 'mailbox', 'vestibule-one', 'vestibule-two', 'haproxy'];
    assert.deepEqual(Object.keys(await clinic.pids()).sort(), parts.sort());
    assert.equal((await rows()).length, 3);
});

test('one node is enough, and whatever died is started again', async () => {
    const before = await clinic.pids();
    const again = (name) => eventually(async () => assert.notEqual((await clinic.pids())[name], before[name]));
    await clinic.kill('vestibule-one');
    assert.equal((await rows()).length, 3);
    await again('vestibule-one');
    const others = ['vestibule-two', 'redis', 'haproxy'];
    await Promise.all(others.map((name) => clinic.kill(name)));
    await Promise.all(others.map(again));
    await eventually(async () => assert.equal((await rows()).length, 3));
    await clinic.kill('postgres');
    await again('postgres');
    await eventually(async () => assert.equal((await rows()).length, 3));
});

test('a second start keeps the visits, and Ctrl-C leaves nothing behind', async () => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
        const pids = await clinic.pids();
        const { data, folders } = clinic;
        await clinic.stop({ signal, keep: signal === 'SIGINT' });
        for (const [name, pid] of Object.entries(pids)) assert.equal(lives(pid), false, name);
        if (signal === 'SIGTERM') break;
        clinic = await startClinic({ cluster: true, data });
        assert.deepEqual(clinic.folders, folders);
        assert.equal(paths().filter((link) => links.includes(link)).length, 2);
        assert.equal((await rows()).length, 4);
    }
});
