/* A backup that was never restored is none: both databases are copied while the
 * house serves, brought back elsewhere, and read and verified there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { House } from '../wire/house.mjs';
import { postgres, threeVisits } from './cluster.mjs';

const server = process.env.VESTIBULE_TEST_POSTGRES;

/* Everything can be read there, and nobody changed it. */
async function isWhole(house, visits) {
    assert.match(await house.admin(['verify']), /^fine streams=4 events=\d+ erased=0$/);
    await house.serve();
    const secretary = await house.desk('alix');
    for (const visit of visits) {
        await secretary.must('watch', visit);
        const view = await secretary.view((each) => each.family === 'Exemple', 'the visit', visit);
        assert.equal(view.given, 'Jeanne');
    }
    await secretary.close();
}

test('SQLite: copied while it serves, restored beside', async () => {
    const house = await House.start();
    await house.furnish();
    await house.serve();
    const visits = await threeVisits(house);
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-backup-'));
    const copy = join(folder, 'copy.db');
    execFileSync('sqlite3', [join(house.folder, 'vestibule.db'), `.backup ${copy}`]);
    const restored = await House.start();
    copyFileSync(copy, join(restored.folder, 'vestibule.db'));
    copyFileSync(join(house.folder, 'key'), join(restored.folder, 'key'));
    Object.assign(restored, { doctor: house.doctor });
    await isWhole(restored, visits);
    await restored.end();
    await house.end();
    rmSync(folder, { recursive: true });
});

test('PostgreSQL: dumped while it serves, restored beside', async () => {
    const names = ['backup', 'restored'].map((name) => `${name}_${randomBytes(4).toString('hex')}`);
    const url = (name) => `postgresql:///${name}?user=postgres&host=${server}`;
    for (const name of names) postgres.sql('postgres', `CREATE DATABASE ${name}`);
    const house = await House.start({ database: url(names[0]) });
    await house.furnish();
    await house.serve();
    const visits = await threeVisits(house);
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-backup-'));
    const dump = join(folder, 'vestibule.dump');
    execFileSync('pg_dump', ['-h', server, '-U', 'postgres', '--format=custom', `--file=${dump}`, names[0]]);
    execFileSync('pg_restore', ['-h', server, '-U', 'postgres', '--exit-on-error', `--dbname=${names[1]}`, dump]);
    const restored = await House.start({ database: url(names[1]) });
    copyFileSync(join(house.folder, 'key'), join(restored.folder, 'key'));
    Object.assign(restored, { doctor: house.doctor });
    await isWhole(restored, visits);
    await restored.end();
    await house.end();
    for (const name of names) postgres.sql('postgres', `DROP DATABASE ${name} WITH (FORCE)`);
    rmSync(folder, { recursive: true });
});
