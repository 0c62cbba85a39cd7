/*
 * chaos: `make chaos`. Runs a campaign, prints what it found and merges its
 * figures into build/bench.json. Settings: ROUNDS, SECONDS, SEED, MOST (seconds
 * that a part is away), FAULTS (names, with commas).
 */
import { keep } from '../bench/figures.mjs';
import { campaign, faultsOf } from './campaign.mjs';

const number = (name, otherwise) => (process.env[name] ? Number(process.env[name]) : otherwise);
const seed = number('SEED', Math.floor(Math.random() * 2 ** 31));
const began = Date.now();

function say(rounds, scene) {
    const { name, live, sound } = rounds.at(-1);
    const most = (list) => (list.length ? `${Math.max(...list)} ms` : '-');
    console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${String(rounds.length).padStart(4)}  ${name.padEnd(36)} ${most(live).padStart(9)} ${most(sound).padStart(9)}  ${scene.record.acknowledged.length} acknowledged, ${scene.over.length} visits, ${scene.record.problems.length} problems`);
}

function print(result) {
    console.log(`\nseed ${seed}: ${result.rounds} rounds, ${result.visits} visits, ${result.acknowledged} commands acknowledged, ${result.resent} of them sent more than once, "try again" ${result.again} times`);
    console.log(`${'fault'.padEnd(36)} rounds  pages    p50    p95   most  calls broken    p95 (ms until a message was shown to the other; until sound flowed again)`);
    for (const [name, each] of Object.entries(result.kinds)) console.log(`${name.padEnd(36)} ${[each.rounds, each.pages, each.p50, each.p95, each.most, each.calls, each.broken, each.sound95].map((value) => String(value ?? '-').padStart(6)).join(' ')}`);
    console.log(`\n${result.chain}`);
    for (const name of Object.keys(result.found)) console.log(`${name.padEnd(8)} ${result.found[name].length}`);
}

function figuresOf(result) {
    const { lost, doubled, places, apart, order, ghosts } = result.found;
    return {
        chaos_rounds: { value: result.rounds, unit: 'rounds', against: { seed, kills: result.kills, visits: result.visits, acknowledged: result.acknowledged } },
        chaos_lost: { value: lost.length, unit: 'commands', against: { doubled: doubled.length, places: places.length, apart: apart.length, order: order.length, ghosts: ghosts.length } },
        chaos_pages_p95_ms: { value: result.kills95, unit: 'ms', against: result.kinds },
        chaos_media_p95_ms: { value: result.sound95, unit: 'ms', against: { calls: result.sound, interrupted: result.broken } },
    };
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)); /* and nothing stays */
console.log(`seed ${seed}`);
const result = await campaign({ seed, rounds: number('ROUNDS', process.env.SECONDS ? Infinity : 500), seconds: number('SECONDS', Infinity), most: number('MOST', 5), only: process.env.FAULTS?.split(','), say });
print(result);
keep(figuresOf(result));
const wrong = faultsOf(result);
for (const [name, list] of Object.entries(wrong)) console.log(`${name}:\n  ${list.slice(0, 20).join('\n  ')}`);
process.exit(Object.keys(wrong).length ? 1 : 0);
