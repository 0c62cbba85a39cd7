/* The proxies that ship, before two real nodes: a silent page stays, a node that
 * wants no work gets none and keeps its pages, one that is killed is left at once,
 * and no log has the path of a patient's link. */
import assert from 'node:assert/strict';
import { symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HOUSE } from '../relay/port443.mjs';
import { booking } from '../wire/house.mjs';
import { Cluster, eventually, postgres } from './cluster.mjs';
import { proxies, Proxy } from './proxy.mjs';

const IDLE_S = Number(process.env.IDLE_S ?? 30);
const SIGN_INS = 10;
const timeout = 120_000 + IDLE_S * 1000;
const sockets = process.env.VESTIBULE_TEST_POSTGRES;
const began = Date.now();
const idle = [];
let cluster;
let open; /* proxy by kind */
let cookie;
let token;

/* A way to the database that only one node takes. */
const way = () => join(cluster.nodes[1].folder, 'way');
const ownWay = () => `database=postgresql:///${cluster.database}?user=postgres&host=${way()}&application_name=two`;

before(async () => {
    cluster = await Cluster.start(2, { origin: `https://${HOUSE}`, trusted_proxies: '127.0.0.1', sign_in_per_minute: SIGN_INS });
    const [one, two] = cluster.nodes;
    symlinkSync(sockets, way());
    await two.stop();
    two.log = '';
    await two.serve(ownWay());
    open = {};
    for (const kind of proxies) open[kind] = await Proxy.start(kind, cluster.nodes);
    const signedIn = await open.haproxy.ask('POST', '/api/session', { login: 'alix', password: 'secret of alix' });
    assert.equal(signedIn.status, 204);
    ({ cookie } = signedIn);
    one.origin = `https://${HOUSE}`;
    one.host = HOUSE;
    const page = await one.desk('alix', { cookie });
    const { of } = await page.must('book', one.doctor, booking());
    token = await one.linkOf(of);
    await page.close();
    /* on the node that nothing happens to */
    for (const kind of proxies)
        for (let had = await pages(one); ; ) {
            const socket = await open[kind].socket('/ws/desk', cookie);
            if ((await pages(one)) > had) {
                idle.push({ kind, socket });
                break;
            }
            socket.terminate();
        }
});

after(async () => {
    for (const { socket } of idle) socket.terminate();
    for (const proxy of Object.values(open)) await proxy.stop();
    for (const how of await cluster.end()) assert.deepEqual(how, { code: 0, signal: null }, cluster.nodes[0].log + cluster.nodes[1].log);
});

const pages = async (node) => Number(/vestibule_sockets{page="desk"} (\d+)/.exec((await node.http('GET', '/metrics')).bytes)[1]);
const readiness = async (node) => (await node.http('GET', '/readyz')).status;

async function several(proxy, count) {
    const opened = [];
    while (opened.length < count) opened.push(await proxy.socket('/ws/desk', cookie));
    return opened;
}

for (const kind of proxies)
    test(`${kind}: a patient's link opens, on either node`, { timeout }, async () => {
        for (let i = 0; i < 4; i++) assert.equal((await open[kind].ask('GET', `/v/${token}`)).status, 200);
        const before = await Promise.all(cluster.nodes.map(pages));
        const opened = await several(open[kind], 6);
        const now = await Promise.all(cluster.nodes.map(pages));
        for (const i of [0, 1]) assert.ok(now[i] > before[i], `${before} then ${now}`);
        for (const socket of opened) socket.terminate();
    });

test('a node without its database gets no new pages, and keeps those it has', { timeout }, async () => {
    const [one, two] = cluster.nodes;
    const kept = (await Promise.all(proxies.map((kind) => several(open[kind], 4)))).flat();
    const had = await pages(two);
    assert.ok(had > 0);
    unlinkSync(way());
    postgres.sql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'two'");
    await eventually(async () => assert.equal(await readiness(two), 503));
    for (const kind of proxies) {
        const before = await pages(one);
        const opened = await several(open[kind], 6);
        assert.equal(await pages(one), before + 6, kind);
        for (let i = 0; i < 6; i++) assert.equal((await open[kind].ask('GET', `/v/${token}`)).status, 200);
        for (const socket of opened) socket.terminate();
        await eventually(async () => assert.equal(await pages(one), before));
    }
    assert.equal(await pages(two), had, 'its pages stayed');
    for (const socket of kept) assert.equal(socket.readyState, 1);
    symlinkSync(sockets, way());
    await eventually(async () => assert.equal(await readiness(two), 200));
    for (const socket of kept) socket.terminate();
});

for (const how of ['SIGTERM', 'SIGKILL'])
    test(`${how} of a node: nobody is refused, and its pages are free to go within a second`, { timeout }, async () => {
        const [, two] = cluster.nodes;
        const opened = (await Promise.all(proxies.map((kind) => several(open[kind], 4)))).flat();
        const began = Date.now();
        const answers = [];
        two.child.kill(how);
        while (Date.now() - began < 1500 || answers.length < 20) for (const kind of proxies) answers.push((await open[kind].ask('GET', `/v/${token}`)).status);
        assert.deepEqual(new Set(answers), new Set([200]));
        await two.exited;
        for (const kind of proxies) for (const socket of await several(open[kind], 2)) socket.terminate();
        assert.ok(opened.some((socket) => socket.readyState === 3), 'pages of the node were let go');
        for (const socket of opened) socket.terminate();
        two.log = '';
        await two.serve(ownWay());
        await eventually(async () => {
            const before = await pages(two);
            for (const kind of proxies) (await several(open[kind], 2)).forEach((socket) => setTimeout(() => socket.terminate(), 500));
            assert.ok((await pages(two)) >= before + 2, 'it is found again');
        });
    });

test('haproxy: a node that hangs loses its pages to the other', { timeout }, async () => {
    const [, two] = cluster.nodes;
    const opened = await several(open.haproxy, 4);
    two.child.kill('SIGSTOP');
    await Promise.race(opened.map((socket) => socket.gone));
    const began = Date.now();
    await open.haproxy.socket('/ws/desk', cookie);
    assert.ok(Date.now() - began < 10000);
    two.child.kill('SIGCONT');
    for (const socket of opened) socket.terminate();
    await eventually(async () => assert.equal(await readiness(two), 200));
});

for (const kind of proxies)
    test(`${kind}: who comes is what the proxy says, and not what the browser says`, { timeout }, async () => {
        const statuses = [];
        const from = kind === 'nginx' ? '127.0.0.7' : '127.0.0.8';
        const signIn = (login, more) => open[kind].ask('POST', '/api/session', { login: `${kind}.${login}`, password: 'wrong' }, more);
        for (let i = 0; i < 3 * SIGN_INS && statuses.at(-1) !== 429; i++)
            statuses.push((await signIn(`nobody${i}`, { from, headers: { 'x-forwarded-for': `198.51.100.${i}` } })).status);
        assert.equal(statuses[0], 401);
        assert.equal(statuses.at(-1), 429);
        assert.equal((await signIn('somebody', { from: '127.0.0.9' })).status, 401);
        assert.equal((await open[kind].ask('GET', '/metrics')).status, 404, 'for watchers, not through a proxy');
    });

test(`a page that says nothing for ${IDLE_S} s is still there`, { timeout }, async () => {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, IDLE_S * 1000 - (Date.now() - began))));
    for (const { kind, socket } of idle) assert.equal(socket.readyState, 1, kind);
});

test('no log has the path of a link, also when all goes wrong', { timeout }, async () => {
    for (const node of cluster.nodes) await node.kill();
    for (const kind of proxies) {
        assert.ok((await open[kind].ask('GET', `/v/${token}`)).status >= 500);
        await open[kind].ask('GET', `/v/${token}`, undefined, { headers: { 'x-long': 'x'.repeat(40000) } }).catch(() => undefined);
        await open[kind].ask('GET', `//v/${token}?from=mail`).catch(() => undefined);
        assert.doesNotMatch(open[kind].said(), new RegExp(`/v/|${token}`), kind);
        assert.match(open[kind].said(), /50\d/, 'yet that it went wrong is written');
    }
    await Promise.all(cluster.nodes.map((node) => node.serve()));
});
