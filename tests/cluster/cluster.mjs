/*
 * cluster: several real nodes that share a PostgreSQL database and a Redis
 * server, each of which can be killed, stopped and started again. Runs beside
 * tests/with-postgres. Pages reach each node under one name, as behind a
 * balancer.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { booking, House } from '../wire/house.mjs';

const sockets = process.env.VESTIBULE_TEST_POSTGRES;
const programs = process.env.VESTIBULE_TEST_POSTGRES_BIN;

function asPostgres(program, ...args) {
    const command = [join(programs, program), ...args];
    if (process.getuid() === 0) command.unshift('runuser', '-u', 'postgres', '--');
    return execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

export async function freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

/* The server that tests/with-postgres started. */
export const postgres = {
    pid: () => Number(readFileSync(join(sockets, 'data/postmaster.pid'), 'utf8').split('\n')[0]),
    /* As a crash: nobody says goodbye. */
    kill() {
        const pid = this.pid();
        process.kill(pid, 'SIGKILL');
        execFileSync('tail', ['--pid', String(pid), '-f', '/dev/null']);
    },
    start() {
        asPostgres('pg_ctl', '-D', join(sockets, 'data'), '-l', join(sockets, 'data/log'), '-w', '-t', '60', '-o', `-k ${sockets} -c listen_addresses= -c max_connections=60 -c shared_buffers=16MB`, 'start');
    },
    stop() {
        asPostgres('pg_ctl', '-D', join(sockets, 'data'), '-m', 'immediate', '-w', 'stop');
    },
    sql(database, text) {
        return asPostgres('psql', '-h', sockets, '-d', database, '-At', '-c', text).trim();
    },
};

export class RedisServer {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-redis-'));
    socket = join(this.folder, 'socket');
    network = ['--port', '0']; /* nobody but by the socket */

    async start() {
        this.child = spawn('redis-server', [...this.network, '--unixsocket', this.socket, '--save', '', '--appendonly', 'no'], { stdio: ['ignore', 'pipe', 'inherit'] });
        const child = this.child;
        process.once('exit', () => child.kill('SIGKILL'));
        await new Promise((resolve, reject) => {
            child.stdout.on('data', (text) => /Ready to accept|accept connections/.test(text) && resolve());
            child.once('exit', () => reject(new Error('redis-server ended')));
        });
        return this;
    }

    async kill() {
        const gone = new Promise((resolve) => this.child.once('exit', resolve));
        this.child.kill('SIGKILL');
        await gone;
    }

    flush() {
        execFileSync('redis-cli', ['-s', this.socket, 'flushall']);
    }

    async end() {
        await this.kill();
        rmSync(this.folder, { recursive: true, force: true });
    }
}

export class Cluster {
    nodes = [];

    /* programs: by number, for a node that runs another one than the rest */
    static async start(count = 2, settings = {}, programs = {}) {
        if (!sockets || !existsSync(sockets)) throw new Error('run this beside tests/with-postgres');
        const cluster = new Cluster();
        cluster.database = `cluster_${randomBytes(4).toString('hex')}`;
        postgres.sql('postgres', `CREATE DATABASE ${cluster.database}`);
        cluster.redis = await new RedisServer().start();
        const first = await House.start({
            database: `postgresql:///${cluster.database}?user=postgres&host=${sockets}`,
            redis: `unix://${cluster.redis.socket}`,
            ...settings,
        });
        await first.furnish();
        cluster.nodes.push(first);
        while (cluster.nodes.length < count) {
            const node = Object.assign(new House(), first, { log: '', port: await freePort() });
            node.serve = (...more) => House.prototype.serve.call(node, `listen=127.0.0.1:${node.port}`, `origins=http://localhost:${node.port}`, ...more);
            cluster.nodes.push(node);
        }
        cluster.nodes.forEach((node, i) => (node.program = programs[i]));
        await Promise.all(cluster.nodes.map((node) => node.serve()));
        return cluster;
    }

    async end() {
        const hows = await Promise.all(this.nodes.map((node) => node.stop()));
        for (const node of this.nodes) rmSync(node.folder, { recursive: true, force: true });
        await this.redis.end();
        postgres.sql('postgres', `DROP DATABASE ${this.database} WITH (FORCE)`);
        return hows;
    }
}

/* Asks again until it is so; the last error when it never was. */
export async function eventually(what, { within = 30000, every = 100 } = {}) {
    const end = Date.now() + within;
    for (;;) {
        try {
            return await what();
        } catch (error) {
            if (Date.now() > end) throw error;
            await new Promise((resolve) => setTimeout(resolve, every));
        }
    }
}

/* Three visits, each of which moved a little. */
export async function threeVisits(house) {
    const secretary = await house.desk('alix');
    const visits = [];
    for (let i = 0; i < 3; i++) {
        const data = booking();
        data.start_ms += i * 15 * 60000;
        const { of } = await secretary.must('book', house.doctor, data);
        await secretary.must('reissue_link', of);
        visits.push(of);
    }
    await secretary.close();
    return visits;
}
