/*
 * campaign: people hold visits while parts die; afterwards everything that was
 * acknowledged is looked for.
 */
import { check } from './checker.mjs';
import { choose, faults, happen } from './faults.mjs';
import { backoff, pause } from './person.mjs';
import { ghosts } from './rooms.mjs';
import { Scene } from './scene.mjs';
import { Visit } from './visit.mjs';

const AT_ONCE = 8;
const SETTLE_MS = 300; /* so that a silence is one */
const GHOST_MS = 10000;
const TALK_MS = 60000;

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

/* Whoever talks now: when they hear each other again, after this. */
export async function listen(scene) {
    const began = Date.now();
    const calls = (await Promise.all([...scene.live].map((visit) => visit.hear(began).then((again) => again && { visit, again })))).filter(Boolean);
    let start;
    const may = new Promise((resolve) => (start = resolve));
    const times = calls.map(({ visit, again }) => {
        const heard = may.then(again);
        visit.probing = Promise.all([visit.probing, heard.catch(() => undefined)]);
        return heard.catch((error) => {
            scene.record.problem(`after a fault: ${error.message}`);
        });
    });
    return () => {
        start();
        return Promise.all(times).then((all) => all.filter((each) => each !== undefined));
    };
}

/* A long fault begins when somebody talks whom it might disturb. */
export async function somebodyTalks(scene) {
    for (const end = Date.now() + TALK_MS; Date.now() < end; await pause(100)) if ((await Promise.all([...scene.live].map((visit) => visit.hear(0)))).some(Boolean)) return;
    scene.record.problem('nobody talks');
}

/* Routes of visits that ended a while ago: reconciliation takes five seconds. */
async function lookForGhosts(scene) {
    const rooms = await scene.relays.rooms().catch(() => []);
    const now = Date.now();
    for (const list of rooms)
        for (const { room, routes } of list)
            if (routes.length > 0 && now - (scene.ended.get(room) ?? now) > GHOST_MS) scene.record.ghosts.push(`${room}: routes ${now - scene.ended.get(room)} ms after its end`);
}

async function round(scene, number, options) {
    const name = choose(scene, options.only, number);
    if (faults[name].long) await somebodyTalks(scene);
    scene.isLong = faults[name].long;
    const hearing = await listen(scene);
    const happening = happen(scene, name, options);
    happening.catch((error) => scene.record.problem(`${name}: ${error.message}`));
    await pause(scene.roll(50));
    const telling = probe(scene);
    const from = await happening;
    await pause(SETTLE_MS);
    const sound = await hearing();
    scene.isLong = false;
    const told = (await Promise.all(telling)).filter(Boolean);
    await lookForGhosts(scene);
    return { name, sound, live: told.map((each) => Math.max(0, each.shown - from)), accepted: told.map((each) => Math.max(0, each.acknowledged - from)) };
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

/* Every visit is over: whatever a relay still has is a ghost. */
async function ghostsLeft(scene, stored) {
    const heads = new Map(stored.heads.filter((each) => each.kind === 0).map((each) => [Buffer.from(each.stream, 'hex').toString('base64url'), each.seq]));
    let left = [];
    for (const end = Date.now() + GHOST_MS; Date.now() < end; await pause(500)) {
        left = ghosts(await scene.relays.rooms(), new Set(), heads);
        if (left.length === 0) break;
    }
    return [...scene.record.ghosts, ...left];
}

function summary(rounds) {
    const kinds = {};
    for (const { name, live, accepted, sound } of rounds) {
        kinds[name] ??= { rounds: 0, live: [], accepted: [], sound: [] };
        kinds[name].rounds += 1;
        kinds[name].live.push(...live);
        kinds[name].accepted.push(...accepted);
        kinds[name].sound.push(...sound);
    }
    return kinds;
}

function figuresOf(rounds) {
    const kinds = {};
    for (const [name, { rounds: count, live, accepted, sound }] of Object.entries(summary(rounds)))
        kinds[name] = { rounds: count, pages: live.length, p50: percentile(live, 0.5), p95: percentile(live, 0.95), most: Math.max(0, ...live), accepted95: percentile(accepted, 0.95), calls: sound.length, broken: sound.filter(Boolean).length, sound95: percentile(sound.filter(Boolean), 0.95) };
    return kinds;
}

/* options: seed, rounds and/or seconds, most (seconds that a part is away), only
 * (names of faults), say (a line for whoever looks on). */
export async function campaign({ rounds: wanted = Infinity, seconds = Infinity, say = () => undefined, ...options }) {
    const scene = await Scene.open(options.seed, { apart: options.only?.some((name) => name.startsWith('partition')) });
    const work = { enough: false, visits: 0 };
    const rounds = [];
    try {
        await scene.furnish();
        const players = Array.from({ length: AT_ONCE }, () => player(scene, work));
        const end = Date.now() + seconds * 1000;
        while (scene.live.size === 0) await pause(50);
        while (rounds.length < wanted && Date.now() < end) {
            rounds.push(await Promise.race([round(scene, rounds.length, options), scene.fell]));
            say(rounds, scene);
            await pause(200 + scene.roll(800));
        }
        work.enough = true;
        if (scene.ahead) scene.clock.move(0);
        await Promise.race([Promise.all(players), scene.fell]);
        await lookAgain(scene, 50);
        const chain = await verified(scene);
        const stored = await scene.database.stored();
        const found = { ...check(scene.record, stored), ghosts: await ghostsLeft(scene, stored) };
        const kills = rounds.filter((each) => each.name.startsWith('kill'));
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
            kills: kills.length,
            kills95: percentile(kills.flatMap((each) => each.live), 0.95),
            sound: kills.flatMap((each) => each.sound).length,
            broken: kills.flatMap((each) => each.sound.filter(Boolean)).length,
            sound95: percentile(kills.flatMap((each) => each.sound.filter(Boolean)), 0.95),
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
