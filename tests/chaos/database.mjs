/*
 * database: the PostgreSQL server of tests/with-postgres, for who must not stand
 * still while it comes and goes, and what is stored in it, as the checker wants it.
 */
import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { postgres } from '../cluster/cluster.mjs';

const sockets = process.env.VESTIBULE_TEST_POSTGRES;
const programs = process.env.VESTIBULE_TEST_POSTGRES_BIN;

function asPostgres(name, args) {
    const command = [join(programs, name), ...args];
    if (process.getuid() === 0) command.unshift('runuser', '-u', 'postgres', '--');
    return new Promise((resolve, reject) => {
        execFile(command[0], command.slice(1), { maxBuffer: 1 << 29 }, (error, out) => (error ? reject(error) : resolve(out)));
    });
}

/* pg_ctl leaves the server behind with its pipes: it must not have any. */
function control(...args) {
    const command = [join(programs, 'pg_ctl'), '-D', join(sockets, 'data'), ...args];
    if (process.getuid() === 0) command.unshift('runuser', '-u', 'postgres', '--');
    return new Promise((resolve) => spawn(command[0], command.slice(1), { stdio: 'ignore' }).once('exit', resolve));
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function runs(pid) {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}

export class Database {
    listen = '';

    constructor(name) {
        this.name = name;
    }

    /* From now on others reach it by network, too. */
    async open(address, admit) {
        admit(join(sockets, 'data'));
        this.listen = address;
        await control('-m', 'fast', '-w', 'stop');
        await this.start();
    }

    async kill() {
        const pid = postgres.pid();
        process.kill(pid, 'SIGKILL');
        while (runs(pid)) await pause(10);
    }

    /* All its processes: whoever is connected hears nothing, whoever comes waits. */
    signal(name) {
        const parent = postgres.pid();
        const children = processes().filter((each) => parentOf(each) === String(parent));
        for (const pid of [parent, ...children.map(Number)].filter(runs)) process.kill(pid, name);
    }

    /* One of its processes that serve a connection: the server ends them all. */
    killOne(roll) {
        const parent = String(postgres.pid());
        const children = processes().filter((each) => parentOf(each) === parent && /vestibule|cluster_/.test(titleOf(each)));
        if (children.length) process.kill(Number(children[roll(children.length)]), 'SIGKILL');
        return children.length > 0;
    }

    /* What is left of the one before keeps its memory for a moment. */
    async start() {
        for (let tries = 0; tries < 100; tries++) {
            if ((await control('-l', join(sockets, 'data/log'), '-w', '-t', '60', '-o', `-k ${sockets} -c listen_addresses=${this.listen} -c max_connections=60 -c shared_buffers=16MB`, 'start')) === 0) return;
            await pause(100);
        }
        throw new Error('PostgreSQL does not start again');
    }

    async rows(sql) {
        const out = await asPostgres('psql', ['-h', sockets, '-d', this.name, '-At', '-F', ' ', '-c', sql]);
        return out.split('\n').filter(Boolean).map((line) => line.split(' '));
    }

    async stored() {
        const commands = await this.rows("SELECT stream_kind, encode(stream,'hex'), encode(command,'hex'), first_seq, seq FROM command");
        const events = await this.rows("SELECT stream_kind, encode(stream,'hex'), encode(command,'hex'), count(*) FROM event GROUP BY 1, 2, 3");
        const heads = await this.rows("SELECT stream_kind, encode(stream,'hex'), seq FROM head");
        return {
            commands: commands.map(([kind, stream, command, first, seq]) => ({ kind: Number(kind), stream, command, first_seq: Number(first), seq: Number(seq) })),
            events: events.map(([kind, stream, command, count]) => ({ kind: Number(kind), stream, command, count: Number(count) })),
            heads: heads.map(([kind, stream, seq]) => ({ kind: Number(kind), stream, seq: Number(seq) })),
        };
    }
}

function read(path) {
    try {
        return readFileSync(path, 'utf8');
    } catch {
        return ''; /* it has ended meanwhile */
    }
}
const processes = () => readdirSync('/proc').filter((each) => /^\d+$/.test(each));
const parentOf = (pid) => read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1];
const titleOf = (pid) => read(`/proc/${pid}/cmdline`);
