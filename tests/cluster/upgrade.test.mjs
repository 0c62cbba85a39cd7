/* A release is put in place while visits go on: every node and every relay is
 * replaced, one after the other, no page is refused anything, and whoever talks
 * hears the other all along (werift's sound; a relay hands its calls over). A real Prometheus looks on; what it
 * read must answer every question of the dashboard and of the alerts.
 * Between two releases: BUILD is the folder of the old one, NEW the new program. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { listen, somebodyTalks } from '../chaos/campaign.mjs';
import { check } from '../chaos/checker.mjs';
import { pause } from '../chaos/person.mjs';
import { Scene } from '../chaos/scene.mjs';
import { Visit } from '../chaos/visit.mjs';
import { booking } from '../wire/house.mjs';
import { eventually } from './cluster.mjs';
import { deployed, Prometheus } from './prometheus.mjs';

const AT_ONCE = 4;
const SIDE_BY_SIDE_MS = 3000; /* HAProxy looks every half second whether a node is back */
const NOTICED_MS = 1000; /* pages build a line anew that is silent for longer */
const HAND_OVER_MS = 3000; /* from one relay to another */
let scene;
let prometheus;

before(async () => {
    scene = await Scene.open(Number(process.env.SEED ?? 1));
    await scene.furnish();
    prometheus = await Prometheus.configure(scene.nodes.map((node) => node.port)).start();
});

after(async () => {
    await prometheus?.stop();
    for (const how of (await scene?.close()) ?? []) assert.deepEqual(how, { code: 0, signal: null });
});

async function replace(node) {
    node.stopping = true;
    const how = await node.stop();
    assert.deepEqual(how, { code: 0, signal: null }, node.log.slice(-4000));
    node.stopping = false;
    node.log = '';
    node.program = process.env.NEW;
    await scene.restart(node);
    await eventually(async () => assert.ok(await scene.ready(node)));
}

/* The longest silence of each call that is under way and lasts until it is done,
 * in ms; 0 below a quarter of a second. */
async function silences(what) {
    scene.isLong = true;
    await somebodyTalks(scene);
    const hearing = await listen(scene);
    await what();
    const heard = await hearing();
    assert.ok(heard.length > 0, 'nobody talked');
    return heard;
}

async function replaceAll() {
    const byNodes = await silences(async () => {
        for (const node of scene.nodes) {
            await replace(node);
            await pause(SIDE_BY_SIDE_MS);
        }
    });
    const byRelays = await silences(async () => {
        for (const relay of scene.relays.all) {
            assert.deepEqual(await scene.relays.replace(relay), { code: 0, signal: null });
            for (const node of scene.nodes) await eventually(async () => assert.match(String((await node.http('GET', '/metrics')).bytes), new RegExp(`vestibule_relay_up{relay="${relay.name}"} 1`)));
        }
    });
    return { byNodes, byRelays };
}

test('every node and relay is replaced while visits go on, and nobody is refused', { timeout: 300_000 }, async (t) => {
    const { record } = scene;
    let enough = false;
    let number = 0;
    const play = async () => {
        while (!enough) await new Visit(scene, number++).play();
    };
    const players = Array.from({ length: AT_ONCE }, play);
    for (const player of players) player.catch(() => undefined);
    await eventually(() => assert.ok(scene.live.size >= 2));
    /* whatever comes of it, people do not go on for ever */
    const { byNodes, byRelays } = await replaceAll().finally(async () => {
        enough = true;
        scene.isLong = false;
        await Promise.all(players);
    });
    t.diagnostic(`longest silence of calls: ${byNodes} ms while nodes were replaced, ${byRelays} ms while relays were`);
    assert.ok(byNodes.every((ms) => ms < NOTICED_MS), `${byNodes} ms of silence`);
    assert.ok(byRelays.every((ms) => ms < HAND_OVER_MS), `${byRelays} ms of silence`);
    t.diagnostic(`${scene.over.length} visits, ${record.acknowledged.length} commands, ${record.acknowledged.filter((each) => each.sends > 1).length} of them sent more than once`);
    assert.ok(scene.over.length >= AT_ONCE);
    for (const list of ['refused', 'away', 'turned', 'problems']) assert.deepEqual(record[list], [], list);
    assert.equal(record.again, 0, 'nobody was told to try again');
    assert.deepEqual(scene.died, []);
    for (const [name, found] of Object.entries(check(record, await scene.database.stored()))) assert.deepEqual(found, [], name);
});

test('the alerts and what Prometheus is told are as it wants them', () => {
    const promtool = (...words) => execFileSync('promtool', words, { stdio: 'pipe' });
    promtool('check', 'config', prometheus.config);
    promtool('test', 'rules', join(import.meta.dirname, 'alerts_test.yml'));
    const tried = readFileSync(join(import.meta.dirname, 'alerts_test.yml'), 'utf8');
    for (const [, name] of readFileSync(deployed('alerts.yml'), 'utf8').matchAll(/alert: (\w+)/g)) assert.ok(tried.includes(`"${name}"`), `${name} was not tried`);
});

const dashboard = JSON.parse(readFileSync(deployed('grafana/vestibule.json'), 'utf8'));
const questions = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => [panel.title, target.expr]));
const metricsOf = (text) => new Set(text.match(/\bvestibule_\w+/g));

test('every question of the dashboard has an answer', async () => {
    /* something that waits for its doctor, and a refusal */
    const data = booking({ start_ms: scene.firstSlot - 30 * 60000 });
    await scene.secretary.must('book', scene.doctors[0].id, data);
    assert.equal((await scene.secretary.ask('book', scene.doctors[0].id, data)).refused, 'overlap');
    await eventually(async () => assert.deepEqual(await prometheus.query('sum(up)'), [2]));
    for (const [title, expression] of questions) {
        const now = expression.replaceAll('$__rate_interval', '10m').replaceAll('$node', '.*');
        const answer = await prometheus.query(now);
        assert.ok(answer.some((value) => Number.isFinite(value)), `${title}: ${now}: ${JSON.stringify(answer)}`);
    }
});

test('every alert looks at something that is there', async () => {
    for (const { name, query, health, lastError } of await prometheus.rules()) {
        assert.equal(health, 'ok', `${name}: ${lastError}`);
        for (const metric of metricsOf(query)) assert.ok((await prometheus.query(`count(${metric})`))[0] > 0, `${name}: ${metric}`);
        /* with its labels, whatever its value is */
        for (const [selector] of query.matchAll(/\bvestibule_\w+\{[^}]*\}/g)) assert.ok((await prometheus.query(selector)).length > 0, `${name}: ${selector}`);
    }
});

test('whatever /metrics tells is drawn, or somebody is told of it', async () => {
    const text = (await scene.nodes[0].http('GET', '/metrics')).bytes.toString();
    execFileSync('promtool', ['check', 'metrics'], { input: text, stdio: ['pipe', 'pipe', 'pipe'] });
    const seen = [...metricsOf(JSON.stringify(questions) + readFileSync(deployed('alerts.yml'), 'utf8'))];
    for (const [, family] of text.matchAll(/^# TYPE (\w+)/gm)) assert.ok(seen.some((name) => name.replace(/_(bucket|count|sum)$/, '') === family), family);
});
