/*
 * campaign: people hold visits while parts die; afterwards everything that was
 * acknowledged is looked for.
 */
import { check } from './checker.mjs';
import { choose, happen } from './faults.mjs';
import { backoff, pause } from './person.mjs';
import { Scene } from './scene.mjs';
import { Visit } from './visit.mjs';

const AT_ONCE = 8;

const percentile = (list, share) => (list.length ? [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] : undefined);

/* Visits one after the other, until it is enough. */
async function player(scene, work) {
    while (!work.enough) {
        const visit = new Visit(scene, work.visits++);
        try {
            await visit.play();
        } catch (error) {
            scene.live.delete(visit);
            scene.record.problem(`visit ${visit.number}: ${error.message}`);
            visit.patient?.close();
        }
    }
}

/* While it breaks, the patient of each visit says something to the doctor. */
function probe(scene) {
    const began = Date.now();
    return [...scene.live].map((visit) => {
        const told = visit.say().then(({ acknowledged, shown }) => ({ began, acknowledged, shown }));
        visit.probing = Promise.all([visit.probing, told.catch(() => undefined)]);
        return told.catch((error) => {
            scene.record.problem(`after a fault: ${error.message}`);
        });
    });
}

async function round(scene, options) {
    const name = choose(scene, options.only);
    const happening = happen(scene, name, options);
    happening.catch((error) => scene.record.problem(`${name}: ${error.message}`));
    await pause(scene.roll(50));
    const telling = probe(scene);
    const from = await happening;
    const told = (await Promise.all(telling)).filter(Boolean);
    return { name, live: told.map((each) => Math.max(0, each.shown - from)), accepted: told.map((each) => Math.max(0, each.acknowledged - from)) };
}

async function verified(scene) {
    for (let tries = 0; ; tries++) {
        const answer = await verify(scene.nodes[0]).catch((error) => error);
        if (!(answer instanceof Error) || tries > 3) return answer;
        await pause(backoff(tries, scene.random));
    }
}

/* `vestibule verify`: the chain of every stream. */
function verify(node) {
    return node.admin(['verify']);
}

/* Both nodes, asked anew, show each visit as it is stored. */
async function lookAgain(scene, count) {
    for (const node of scene.nodes) {
        const page = await node.desk('alix', { cookie: scene.secretary.cookie });
        for (const of of scene.over.slice(-count)) {
            await page.must('watch', of, {});
            const { seq } = await page.frame((each) => each.of === of && each.view);
            scene.record.shown.push({ of, page: `a new page of node ${scene.nodes.indexOf(node)}`, seq });
        }
        await page.close();
    }
}

function summary(rounds) {
    const kinds = {};
    for (const { name, live, accepted } of rounds) {
        kinds[name] ??= { rounds: 0, live: [], accepted: [] };
        kinds[name].rounds += 1;
        kinds[name].live.push(...live);
        kinds[name].accepted.push(...accepted);
    }
    return kinds;
}

function figuresOf(rounds) {
    const kinds = {};
    for (const [name, { rounds: count, live, accepted }] of Object.entries(summary(rounds)))
        kinds[name] = { rounds: count, pages: live.length, p50: percentile(live, 0.5), p95: percentile(live, 0.95), most: Math.max(0, ...live), accepted95: percentile(accepted, 0.95) };
    return kinds;
}

/* options: seed, rounds and/or seconds, most (seconds that a part is away), only
 * (names of faults), say (a line for whoever looks on). */
export async function campaign({ rounds: wanted = Infinity, seconds = Infinity, say = () => undefined, ...options }) {
    const scene = await Scene.open(options.seed);
    const work = { enough: false, visits: 0 };
    const rounds = [];
    try {
        await scene.furnish();
        const players = Array.from({ length: AT_ONCE }, () => player(scene, work));
        const end = Date.now() + seconds * 1000;
        while (scene.live.size === 0) await pause(50);
        while (rounds.length < wanted && Date.now() < end) {
            rounds.push(await round(scene, options));
            say(rounds, scene);
            await pause(200 + scene.roll(800));
        }
        work.enough = true;
        if (scene.ahead) scene.clock.move(0);
        await Promise.all(players);
        await lookAgain(scene, 50);
        const chain = await verified(scene);
        const found = check(scene.record, await scene.database.stored());
        const kills = rounds.filter((each) => each.name.startsWith('kill')).flatMap((each) => each.live);
        return {
            rounds: rounds.length,
            visits: scene.over.length,
            acknowledged: scene.record.acknowledged.length,
            resent: scene.record.acknowledged.filter((each) => each.sends > 1).length,
            again: scene.record.again,
            found,
            refused: scene.record.refused,
            away: scene.record.away,
            problems: scene.record.problems,
            died: scene.died,
            chain: String(chain),
            kinds: figuresOf(rounds),
            kills95: percentile(kills, 0.95),
        };
    } finally {
        work.enough = true;
        await scene.close();
    }
}

/* What must be nothing. */
export function faultsOf(result) {
    const lists = { ...result.found, refused: result.refused.map((each) => JSON.stringify(each)), away: result.away, problems: result.problems, died: result.died };
    return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
