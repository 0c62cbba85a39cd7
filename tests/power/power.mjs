// The power goes, again and again, while a program appends to the record and tells
// each event that was promised. What it finds when it starts anew is compared with
// what was promised.
//   DRIVER=sqlite|postgres ROUNDS=100
//   LIES=1             libeatmydata: it must be noticed
//   FAULT=sync|write   in every other life the n-th sync or write fails as well,
//                      for each n from 1 on
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Disk } from './disk.mjs';

const build = resolve(import.meta.dirname, '../..', process.env.BUILD ?? 'build');
const shim = join(build, 'tests/power-cut.so');
const liar = '/usr/lib/x86_64-linux-gnu/libeatmydata.so';
const driver = process.env.DRIVER ?? 'sqlite';
const lies = process.env.LIES === '1';
const faults = process.env.FAULT;
const rounds = Number(process.env.ROUNDS ?? 100);
const LIFE_MS = process.env.FAULT ? 4000 : 400; // at most, from the first promise on

// The server refuses to run as root.
const root = process.getuid() === 0;
const asServer = (...command) => (root ? ['runuser', '-u', 'postgres', '--', ...command] : command);
const programs = driver === 'postgres' && readdirSync('/usr/lib/postgresql').map((version) => join('/usr/lib/postgresql', version, 'bin')).at(-1);

const disk = new Disk(driver === 'postgres' && root ? 'postgres' : undefined);
const env = disk.env(shim, lies ? [liar] : []);
const name = [driver, lies && 'lies', faults].filter(Boolean).join('-');
const data = join(disk.live, 'data');
const sockets = disk.folder;

function childrenOf(pid) {
    const known = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return known.filter((name) => {
        try {
            return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ')[1] === String(pid);
        } catch {
            return false; // it is gone
        }
    });
}

// Killed with all its processes; back when none is left.
async function killServer(pid) {
    try {
        process.kill(pid, 'SIGSTOP'); // it starts no others
    } catch {
        return; // it ended by itself, after all that it had started
    }
    const all = [...childrenOf(pid), pid];
    for (const each of all)
        try {
            process.kill(Number(each), 'SIGKILL');
        } catch {
            continue; // it ended by itself
        }
    const runs = (each) => existsSync(`/proc/${each}/stat`) && !/\) Z/.test(readFileSync(`/proc/${each}/stat`, 'utf8'));
    while (all.some((each) => { try { return runs(each); } catch { return false; } })) await pause(5);
}

const postgres = {
    url: `postgresql:///postgres?user=postgres&host=${sockets}`,
    prepare() {
        const [command, ...args] = asServer(join(programs, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '--locale=C', '-E', 'UTF8', '--wal-segsize=1');
        execFileSync(command, args, { stdio: 'ignore' });
        if (root) execFileSync('chown', ['postgres', sockets]);
    },
    // Throws when it does not come up.
    start() {
        rmSync(join(data, 'postmaster.pid'), { force: true });
        // What is there after a loss is durable: nothing is to be synced first.
        const options = `-k ${sockets} -c listen_addresses= -c shared_buffers=16MB -c checkpoint_timeout=30s -c max_wal_size=4MB -c min_wal_size=2MB -c recovery_init_sync_method=syncfs`;
        const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
        const [command, ...args] = asServer('env', ...words, join(programs, 'pg_ctl'), '-D', data, '-l', join(sockets, 'log'), '-w', '-t', '60', '-o', options, 'start');
        execFileSync(command, args, { stdio: 'ignore' });
        return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    },
};
const sqlite = { url: join(disk.live, 'v.db'), prepare: () => undefined };
const { url, prepare } = driver === 'postgres' ? postgres : sqlite;

// One life: what was found, and what was promised before the end.
async function life(promises, afterMs) {
    let server;
    try {
        server = driver === 'postgres' && postgres.start();
    } catch {
        return { failed: `the server does not start: ${readFileSync(join(sockets, 'log'), 'utf8').slice(-300)}`, promised: 0 };
    }
    const writer = spawn(join(build, 'tests/power-writer'), [url], { env: { ...process.env, ...(driver === 'sqlite' && env) }, stdio: ['ignore', 'pipe', 'ignore'] });
    const gone = new Promise((done) => writer.once('exit', done));
    const found = { heads: new Map(), promised: 0 };
    let cut;
    for await (const line of createInterface({ input: writer.stdout })) {
        const [word, lane, seq] = line.split(' ');
        if (word === 'failed:') found.failed = line;
        if (word === 'verified') found.verified = lane;
        if (word === 'ready' && env.POWER_FAULT) writeFileSync(disk.armed, '');
        if (word === 'head') compare(found, Number(lane), Number(seq), promises);
        if (word !== 'stored') continue;
        promises.set(Number(lane), Number(seq));
        if (found.promised++ > 0) continue;
        // Some moment after the first promise; the database goes first, so that
        // nobody is told what it did not do.
        cut = pause(afterMs).then(async () => {
            if (server) await killServer(server);
            writer.kill('SIGKILL');
        });
    }
    await gone;
    await cut;
    if (!cut && server) await killServer(server);
    return found;
}

// What was on its way may be there, but no more than one a stream.
function compare(found, lane, head, promises) {
    const promised = promises.get(lane) ?? 0;
    if (head < promised) found.lost = (found.lost ?? 0) + promised - head;
    if (head > promised + 1) found.extra = (found.extra ?? 0) + head - promised - 1;
    promises.set(lane, head);
}

prepare();
disk.settle();
const promises = new Map();
const total = { name, rounds: 0, promised: 0, lost: 0, extra: 0, torn: 0, faults: 0 };
for (let round = 0; round < rounds; round++) {
    for (const mark of [disk.armed, disk.met]) rmSync(mark, { force: true });
    delete env.POWER_FAULT;
    if (faults && round % 2 === 0) env.POWER_FAULT = `${faults}:${round / 2 + 1}`;
    const { promised, lost = 0, extra = 0, verified, failed } = await life(promises, Math.floor(Math.random() * LIFE_MS));
    const torn = failed || verified !== 'fine';
    total.rounds += 1;
    total.promised += promised;
    total.lost += lost;
    total.extra += extra;
    total.torn += torn ? 1 : 0;
    if (existsSync(disk.met)) total.faults += 1;
    if (lost || extra || torn) console.log(`round ${round}: lost=${lost} extra=${extra} verified=${verified} ${failed ?? ''}`);
    if ((lost || torn) && lies) break; // noticed
    // By turns: nothing that was not synced is left, any blocks of it, all of it.
    const chance = [0, Math.random(), 1][round % 3];
    disk.lose(() => Math.random() < chance);
}
disk.free();
console.log(JSON.stringify(total));
mkdirSync(join(build, 'power'), { recursive: true });
writeFileSync(join(build, 'power', `${name}.json`), `${JSON.stringify(total)}\n`);
const broken = total.lost + total.extra + total.torn > 0;
if (lies && !broken) console.log('syncs did nothing, and nobody noticed');
process.exit(broken === lies ? 0 : 1);
