/* Signed heads, kept elsewhere: with the record as it was they agree, and what
 * somebody cut off, took away or wrote anew is named. As an administrator does
 * it: with the command line, a key made by openssl, on both databases. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { House } from '../wire/house.mjs';
import { postgres, threeVisits } from './cluster.mjs';

const server = process.env.VESTIBULE_TEST_POSTGRES;
const folder = mkdtempSync(join(tmpdir(), 'vestibule-heads-'));
const at = (name) => join(folder, name);
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
const makeKey = (name) => {
    openssl('genpkey', '-algorithm', 'ed25519', '-out', at(`${name}.key`));
    openssl('pkey', '-in', at(`${name}.key`), '-pubout', '-out', at(`${name}.pub`));
};

before(() => ['clinic', 'other'].forEach(makeKey));
after(() => rmSync(folder, { recursive: true }));

const databases = {
    SQLite: () => ({
        sql: (house, text) => execFileSync('sqlite3', [join(house.folder, 'vestibule.db'), text]).toString().trim(),
        id: (bytes) => `x'${bytes.toString('hex')}'`,
        end: () => undefined,
    }),
    PostgreSQL: () => {
        const name = `heads_${randomBytes(4).toString('hex')}`;
        postgres.sql('postgres', `CREATE DATABASE ${name}`);
        return {
            database: `postgresql:///${name}?user=postgres&host=${server}`,
            sql: (house, text) => postgres.sql(name, text),
            id: (bytes) => `'\\x${bytes.toString('hex')}'`,
            end: () => postgres.sql('postgres', `DROP DATABASE ${name} WITH (FORCE)`),
        };
    },
};

/* The last event of a stream with its head row put back by one; or all of it. */
const cut = ({ sql, id }, house, stream, whole) => {
    const of = id(Buffer.from(stream, 'base64url'));
    if (whole) return sql(house, `DELETE FROM event WHERE stream = ${of}; DELETE FROM head WHERE stream = ${of}`);
    return sql(
        house,
        `DELETE FROM event WHERE stream = ${of} AND seq = (SELECT seq FROM head WHERE stream = ${of});
         UPDATE head SET seq = seq - 1, hash = (SELECT hash FROM event WHERE event.stream = head.stream AND event.seq = head.seq - 1) WHERE stream = ${of}`,
    );
};

const isSigned = (text, key) => {
    const end = text.lastIndexOf('signature ');
    return verify(null, Buffer.from(text.slice(0, end)), createPublicKey(readFileSync(key)), Buffer.from(text.slice(end + 10).trim(), 'hex'));
};

for (const [name, make] of Object.entries(databases))
    describe(name, () => {
        const database = make();
        let house;
        let visits;
        const compare = (file = 'heads', key = 'clinic.pub') => house.admin(['verify', '--heads', at(file), '--heads-key', at(key)]);

        before(async () => {
            house = await House.start(database.database ? { database: database.database } : {});
            await house.furnish();
            await house.serve();
            visits = await threeVisits(house);
        });
        after(async () => {
            await house.end();
            database.end();
        });

        test('are written while it serves, and anybody can check the signature', async () => {
            assert.equal(await house.admin(['heads', '--to', at('heads'), '--key', at('clinic.key')]), 'heads=4');
            const text = readFileSync(at('heads'), 'utf8');
            assert.match(text, /^vestibule heads 1 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\n/);
            assert.equal(text.match(/^(consultation|agenda) [\w-]{22} \d+ [0-9a-f]{64}$/gm).length, 4);
            assert.ok(isSigned(text, at('clinic.pub')));
            assert.ok(!isSigned(text, at('other.pub')));
            assert.ok(!existsSync(at('heads.unfinished')));
        });

        test('agree with what only grew', async () => {
            const secretary = await house.desk('alix');
            await secretary.must('reissue_link', visits[0]);
            await secretary.close();
            assert.match(await compare(), /^fine streams=4 events=\d+ erased=0\nheads=4 different=0$/);
        });

        test('that somebody changed, or signed with another key, are refused', async () => {
            writeFileSync(at('changed'), readFileSync(at('heads'), 'utf8').replace(/^(consultation \S+) \d+/m, '$1 1'));
            await assert.rejects(compare('changed'), /not signed with this key, or changed/);
            await assert.rejects(compare('heads', 'other.pub'), /not signed with this key, or changed/);
            await assert.rejects(compare('heads', 'clinic.key'), /no public Ed25519 key/);
            await assert.rejects(compare('nowhere'), /No such file/);
            await assert.rejects(house.admin(['verify', '--heads', at('heads')]), /--heads FILE --heads-key/);
            await assert.rejects(house.admin(['heads', '--to', at('no'), '--key', at('clinic.pub')]), /no private Ed25519 key/);
            assert.ok(!existsSync(at('no')) && !existsSync(at('no.unfinished')));
        });

        test('name a tail that was cut off and a stream that is gone', async () => {
            await house.stop();
            house.log = ''; /* where it will say that it serves again */
            cut(database, house, visits[1], false);
            assert.match(await house.admin(['verify']), /^fine/, 'the log alone does not tell');
            await assert.rejects(compare(), (error) => {
                assert.match(error.message, new RegExp(`bad stream ${visits[1]} kept=\\d+ now=\\d+ fault=shorter\\nheads=4 different=1`));
                return true;
            });
            cut(database, house, visits[2], true);
            assert.match(await house.admin(['verify']), /^fine/);
            await assert.rejects(compare(), new RegExp(`bad stream ${visits[2]} kept=\\d+ now=0 fault=gone`));
        });

        test('name a history that was written anew', async () => {
            await house.serve();
            const secretary = await house.desk('alix');
            await secretary.must('reissue_link', visits[1]);
            await secretary.close();
            await assert.rejects(compare(), new RegExp(`bad stream ${visits[1]} kept=(\\d+) now=\\1 fault=other`));
        });
    });
