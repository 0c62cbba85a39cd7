/*
 * faults: what may happen to each part. A fault takes place, is told when people
 * may count on the house again (`from`), and ends with every part back.
 */
import { pause } from './person.mjs';

const HOUR_S = 3600;
const READY_MS = 30000;
const RESTART_MS = 100;

async function ready(scene) {
    const end = Date.now() + READY_MS;
    for (const node of scene.nodes)
        while (!(await scene.ready(node))) {
            if (Date.now() > end) throw new Error(`not ready again: node ${scene.nodes.indexOf(node)}\n${node.log.slice(-4000)}`);
            await pause(100);
        }
}

const some = (scene) => scene.nodes[scene.roll(scene.nodes.length)];
const away = (scene, most) => pause(1000 + scene.roll(most * 1000 - 1000));

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

/* Each: how often of all, whether people count from its end, and what it does. */
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
        async run(scene, { most }) {
            const node = some(scene);
            node.child.kill('SIGSTOP');
            await away(scene, most);
            node.child.kill('SIGCONT');
        },
    },
    'Redis away': {
        weight: 2,
        async run(scene, { most }) {
            await scene.redis.kill();
            await away(scene, most);
            await scene.redis.start();
        },
    },
    'PostgreSQL away': {
        weight: 2,
        fromEnd: true,
        async run(scene, { most }) {
            await scene.database.kill();
            await away(scene, most);
            await scene.database.start();
        },
    },
    'relay away': {
        weight: 2,
        run: (scene, { most }) => scene.relays.restart(one(scene), 1000 + scene.roll(most * 1000 - 1000)),
    },
    flushall: { weight: 2, run: (scene) => scene.redis.flush() },
    'clock of a node an hour on or back': {
        weight: 2,
        run(scene) {
            scene.ahead = !scene.ahead;
            scene.clock.move(scene.ahead ? HOUR_S : 0);
        },
    },
};

export function choose(scene, only) {
    const names = Object.keys(faults).filter((name) => !only || only.includes(name));
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
