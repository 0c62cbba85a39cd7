/* What Prometheus reads: right, for watchers only, and of nobody in person. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { booking, House } from './house.mjs';

let house;
let visit;

before(async () => {
    house = await House.start();
    await house.furnish();
    await house.serve();
    const secretary = await house.desk('alix');
    visit = (await secretary.must('book', house.doctor, booking())).of;
    await secretary.ask('book', house.doctor, booking({ family: 'Autre' }));
});

after(async () => {
    await house.end();
});

test('what happened is counted', async () => {
    const answer = await house.http('GET', '/metrics');
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    const text = answer.bytes.toString();
    for (const line of ['vestibule_commands_total{verb="book"} 1', 'vestibule_refusals_total{code="overlap"} 1', 'vestibule_visits{phase="booked"} 1', 'vestibule_sockets{page="desk"} 1', 'vestibule_appends_total{result="committed"} 1'])
        assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`);
    assert.match(text, /vestibule_commit_seconds_count 1\n/);
});

test('promtool finds nothing wrong', async () => {
    const text = (await house.http('GET', '/metrics')).bytes;
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});

test('no label tells of a person or a visit', async () => {
    const text = (await house.http('GET', '/metrics')).bytes.toString();
    for (const secret of [visit, house.doctor, 'Exemple', 'Jeanne', 'alix', 'Suivi', '127.0.0.1'])
        assert.ok(!text.includes(secret), secret);
    const labels = new Set([...text.matchAll(/\{([a-z_]+)="/g)].map((found) => found[1]));
    assert.deepEqual([...labels].sort(), ['code', 'le', 'page', 'phase', 'result', 'verb']);
});

test('only watchers read it, and no proxy for others', async () => {
    const proxied = await house.http('GET', '/metrics', undefined, { headers: { 'x-forwarded-for': '127.0.0.1' } });
    assert.equal(proxied.status, 404);
    const other = await House.start({ metrics_from: '10.9.8.7' });
    await other.serve();
    assert.equal((await other.http('GET', '/metrics')).status, 404);
    await other.end();
    const wrong = await House.start({ metrics_from: 'everybody' });
    await assert.rejects(wrong.serve(), /metrics_from/);
    await wrong.end();
});
