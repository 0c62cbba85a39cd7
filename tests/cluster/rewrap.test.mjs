/* rewrap: another master key in place of the present one, as docs/operations.md
 * says it. Links stay, visits stay, and the key before opens nothing any more. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { booking, House } from '../wire/house.mjs';
import { postgres, threeVisits } from './cluster.mjs';

const server = process.env.VESTIBULE_TEST_POSTGRES;

function newKey(house) {
    const path = join(house.folder, 'key.new');
    writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    return path;
}

/* With the new key in the place of the one before. */
async function goesOn(house, visits, token) {
    renameSync(join(house.folder, 'key.new'), join(house.folder, 'key'));
    await house.serve();
    assert.match(await house.admin(['verify']), /^fine /);
    const secretary = await house.desk('alix');
    for (const visit of visits) {
        await secretary.must('watch', visit);
        const view = await secretary.view((each) => each.family === 'Exemple', 'the visit', visit);
        assert.equal(view.given, 'Jeanne');
    }
    const { of } = await secretary.must('book', house.doctor, { ...booking(), start_ms: booking().start_ms + 3 * 3600000 });
    assert.ok(of);
    await secretary.close();
    assert.equal(await house.linkOf(visits[0]), token, 'letters that were sent stay right');
    await house.end();
}

test('SQLite: stopped, wrapped anew, started with the new key', async () => {
    const house = await House.start();
    await house.furnish();
    await house.serve();
    const visits = await threeVisits(house);
    const token = await house.linkOf(visits[0]);
    const path = newKey(house);
    const rewrap = ['rewrap-keys', '--to', path];
    await assert.rejects(house.admin(rewrap), /another process|in use/);
    await house.stop();
    house.log = '';

    const file = join(house.folder, 'vestibule.db');
    const before = execFileSync('sqlite3', [file, 'SELECT hex(wrapped) FROM stream_key'], { encoding: 'utf8' }).trim().split('\n');
    await assert.rejects(house.admin(['rewrap-keys', '--to', join(house.folder, 'nothing')]), /cannot be read/);
    await assert.rejects(house.admin(['rewrap-keys', '--to', house.config]), /32 bytes/);
    assert.match(await house.admin(rewrap), new RegExp(`^keys=${before.length};`));
    for (const name of readdirSync(house.folder).filter((each) => each.startsWith('vestibule.db')))
        for (const wrapped of before)
            assert.ok(!readFileSync(join(house.folder, name)).includes(Buffer.from(wrapped, 'hex')), 'no copy stays');
    await assert.rejects(house.serve(), /master key is not the one/);
    await goesOn(house, visits, token);
});

test('PostgreSQL: a node that goes on with the key before writes nothing that is lost', async () => {
    const name = `rewrap_${randomBytes(4).toString('hex')}`;
    postgres.sql('postgres', `CREATE DATABASE ${name}`);
    const house = await House.start({ database: `postgresql:///${name}?user=postgres&host=${server}` });
    await house.furnish();
    await house.serve();
    const visits = await threeVisits(house);
    const token = await house.linkOf(visits[0]);
    const secretary = await house.desk('alix');
    assert.match(await house.admin(['rewrap-keys', '--to', newKey(house)]), /^keys=\d+;/);

    const keys = () => Number(postgres.sql(name, 'SELECT count(*) FROM stream_key'));
    const count = keys();
    const answer = await secretary.ask('book', house.doctor, { ...booking(), start_ms: booking().start_ms + 2 * 3600000 });
    assert.ok(answer.refused, JSON.stringify(answer));
    assert.equal(keys(), count);
    await secretary.drop();
    await house.kill();
    await assert.rejects(house.serve(), /master key is not the one/);
    await goesOn(house, visits, token);
    postgres.sql('postgres', `DROP DATABASE ${name} WITH (FORCE)`);
});
