// A few losses of power (make power: a hundred, and PostgreSQL); and were syncs
// missing, it would be seen.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const run = (env) => {
    const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'power.mjs')], { env: { ...process.env, ...env }, encoding: 'utf8' });
    return { status, stdout, ...JSON.parse(stdout.match(/^\{.*\}$/m)[0]) };
};

test('what was promised is there after each loss', () => {
    const { status, stdout, promised } = run({ ROUNDS: '6' });
    assert.equal(status, 0, stdout);
    assert.ok(promised > 0);
});

test('a sync that fails breaks no promise', () => {
    const { status, stdout, faults } = run({ ROUNDS: '4', FAULT: 'sync' });
    assert.equal(status, 0, stdout);
    assert.ok(faults > 0, stdout);
});

test('syncs that do nothing are noticed', () => {
    const { status, stdout, lost, torn } = run({ ROUNDS: '20', LIES: '1' });
    assert.equal(status, 0, stdout);
    assert.ok(lost + torn > 0);
});
