/* A short campaign: people hold visits while parts of the house die. The long one
 * is `make chaos`; SEED and SECONDS as there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaign, faultsOf } from '../chaos/campaign.mjs';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

test('nothing is lost, doubled or shown wrongly while parts die', async (t) => {
    t.diagnostic(`seed ${seed}`);
    const result = await campaign({ seed, seconds: Number(process.env.SECONDS ?? 25), most: 2 });
    t.diagnostic(`${result.rounds} rounds, ${result.visits} visits, ${result.acknowledged} acknowledged; ${result.chain}`);
    assert.deepEqual(faultsOf(result), {}, `seed ${seed}`);
    assert.match(result.chain, /^fine /);
    assert.ok(result.rounds > 0 && result.visits > 0 && result.acknowledged > 0);
});
