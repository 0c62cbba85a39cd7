/*
 * faults: what may happen to each part. A fault takes place, is told when people
 * may count on the house again (`from`), and ends with every part back.
 */
import { ports } from './apart.mjs';
import { pause } from './person.mjs';

const HOUR_S = 3600;
const READY_MS = 30000;
const RESTART_MS = 100;
const MINUTE_MS = 60000;
const PARTED_MS = 30000; /* twice as long as a lease */
const FLAPS = 15; /* a second away, a second there */

async function ready(scene) {
    const end = Date.now() + READY_MS;
    for (const node of scene.nodes)
        while (!(await scene.ready(node))) {
            if (Date.now() > end) throw new Error(`not ready again: node ${scene.nodes.indexOf(node)}\n${node.log.slice(-4000)}`);
            await pause(100);
        }
}

const some = (scene) => scene.nodes[scene.roll(scene.nodes.length)];
const random = (scene, most) => 1000 + scene.roll(most * 1000 - 1000);

async function killNode(scene) {
    const node = some(scene);
    await node.kill();
    await scene.restart(node);
}

async function killDatabase(scene) {
    await scene.database.kill();
    await scene.database.start();
}

async function killRedis(scene) {
    await scene.redis.kill();
    await scene.redis.start();
}

const one = (scene) => scene.relays.all[scene.roll(scene.relays.all.length)];
const killRelay = (scene) => scene.relays.restart(one(scene));

async function killProxy(scene) {
    await scene.proxy.kill();
    await pause(RESTART_MS);
    await scene.proxy.start();
}

const database = {
    stop: (scene) => scene.database.kill(),
    start: (scene) => scene.database.start(),
};
const redis = {
    stop: (scene) => scene.redis.kill(),
    start: (scene) => scene.redis.start(),
};

async function away(scene, part, ms) {
    await part.stop(scene);
    await pause(ms);
    await part.start(scene);
}

async function flap(scene, part) {
    for (let i = 0; i < FLAPS; i++) {
        await away(scene, part, 1000);
        if (i + 1 < FLAPS) await pause(1000);
    }
}

async function stop(part, ms) {
    part.signal('SIGSTOP');
    await pause(ms);
    part.signal('SIGCONT');
}

const processOf = ({ child }) => ({ signal: (name) => child.kill(name) });

async function part(scene, towards) {
    scene.apart.cut(towards);
    await pause(PARTED_MS);
    scene.apart.mend();
}

/* Each: how often of all, whether people count from its end, and what it does.
 * `long`: only when it is named. */
export const faults = {
    'kill node': { weight: 8, run: killNode },
    'kill PostgreSQL': { weight: 4, run: killDatabase },
    'kill one of PostgreSQL': { weight: 2, run: (scene) => scene.database.killOne(scene.roll) },
    'kill Redis': { weight: 4, run: killRedis },
    'kill relay': { weight: 3, run: killRelay },
    'kill proxy': { weight: 3, run: killProxy },
    'kill node and relay': { weight: 1, run: (scene) => Promise.all([killNode(scene), killRelay(scene)]) },
    'kill node and Redis': { weight: 2, run: (scene) => Promise.all([killNode(scene), killRedis(scene)]) },
    'kill node and PostgreSQL': { weight: 2, run: (scene) => Promise.all([killNode(scene), killDatabase(scene)]) },
    'stop node': {
        weight: 3,
        run: (scene, { most }) => stop(processOf(some(scene)), random(scene, most)),
    },
    'Redis away': {
        weight: 2,
        run: (scene, { most }) => away(scene, redis, random(scene, most)),
    },
    'PostgreSQL away': {
        weight: 2,
        fromEnd: true,
        run: (scene, { most }) => away(scene, database, random(scene, most)),
    },
    'relay away': {
        weight: 2,
        run: (scene, { most }) => scene.relays.restart(one(scene), random(scene, most)),
    },
    flushall: { weight: 2, run: (scene) => scene.redis.flush() },
    'clock of a node an hour on or back': {
        weight: 2,
        run(scene) {
            scene.ahead = !scene.ahead;
            scene.clock.move(scene.ahead ? HOUR_S : 0);
        },
    },
    'a minute: stop node': { weight: 1, long: true, run: (scene) => stop(processOf(some(scene)), MINUTE_MS) },
    'a minute: Redis away': { weight: 1, long: true, fromEnd: true, run: (scene) => away(scene, redis, MINUTE_MS) },
    'a minute: PostgreSQL away': { weight: 1, long: true, fromEnd: true, run: (scene) => away(scene, database, MINUTE_MS) },
    'flaps: Redis': { weight: 1, long: true, fromEnd: true, run: (scene) => flap(scene, redis) },
    'flaps: PostgreSQL': { weight: 1, long: true, fromEnd: true, run: (scene) => flap(scene, database) },
    'partition: both nodes from PostgreSQL': { weight: 1, long: true, fromEnd: true, run: (scene) => stop(scene.database, PARTED_MS) },
    'partition: both nodes from Redis': { weight: 1, long: true, fromEnd: true, run: (scene) => stop(processOf(scene.redis), PARTED_MS) },
    'partition: a node from everything': { weight: 1, long: true, run: (scene) => part(scene) },
    'partition: a node from PostgreSQL': { weight: 1, long: true, run: (scene) => part(scene, [ports.PostgreSQL]) },
    'partition: a node from Redis': { weight: 1, long: true, run: (scene) => part(scene, [ports.Redis]) },
    'partition: a node from one relay': { weight: 1, long: true, run: (scene) => part(scene, [ports.relays[scene.roll(2)]]) },
    'partition: a node from the relays': { weight: 1, long: true, run: (scene) => part(scene, ports.relays) },
};

/* By chance; long ones, when only such are named, in turn. */
export function choose(scene, only, number) {
    if (only?.every((name) => faults[name].long)) return only[number % only.length];
    const names = Object.keys(faults).filter((name) => (only ? only.includes(name) : !faults[name].long));
    let left = scene.roll(names.reduce((sum, name) => sum + faults[name].weight, 0));
    return names.find((name) => (left -= faults[name].weight) < 0);
}

/* Returns the moment from which people may count on the house. */
export async function happen(scene, name, options) {
    const began = Date.now();
    await faults[name].run(scene, options);
    const from = faults[name].fromEnd ? Date.now() : began;
    await ready(scene);
    return from;
}
