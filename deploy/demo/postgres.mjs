// A PostgreSQL server of the demo's own, which listens on a Unix socket only. It
// refuses to run as root: then it is the user postgres, in a folder that this user
// can reach.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const VERSIONS = '/usr/lib/postgresql';
const HOME = '/var/lib/postgresql'; // of the user postgres
const SOCKET_MAX = 107; // bytes of a socket's path

function programsFolder() {
    const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
    const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
    if (!newest) throw new Error('PostgreSQL is not installed.');
    return join(VERSIONS, newest, 'bin');
}

const idOf = (which) => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));

export class Postgres {
    // data: the demo's folder; as root the records of each lie apart by its name.
    constructor(data) {
        const isRoot = process.getuid() === 0;
        const name = createHash('sha256').update(data).digest('hex').slice(0, 8);
        this.programs = programsFolder();
        this.as = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
        this.folder = isRoot ? join(HOME, `vestibule-demo-${name}`) : join(data, 'postgres');
        this.data = join(this.folder, 'data');
        this.made = join(data, 'postgres.made');
        if (Buffer.byteLength(join(this.folder, '.s.PGSQL.5432')) > SOCKET_MAX)
            throw new Error(`DATA has too long a name for a socket in it: ${data}`);
    }

    // Empty at the first start, as it was left at the next. What lies there without
    // the demo's folder lost its keys with it: nobody can read it any more.
    async start(processes) {
        if (!existsSync(this.made)) rmSync(this.folder, { recursive: true, force: true });
        mkdirSync(this.folder, { recursive: true, mode: 0o700 });
        if (this.as.uid) chownSync(this.folder, this.as.uid, this.as.gid);
        if (!existsSync(join(this.data, 'PG_VERSION')))
            this.#run('initdb', ['-D', this.data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C']);
        writeFileSync(this.made, '');
        const settings = ['listen_addresses=', 'max_connections=60', 'shared_buffers=32MB'];
        await processes.start(
            'postgres',
            join(this.programs, 'postgres'),
            ['-D', this.data, '-k', this.folder, ...settings.flatMap((setting) => ['-c', setting])],
            {
                as: this.as,
                stop: 'SIGINT', // at once, and clean
                ready: (line) => line.includes('ready to accept connections'),
            },
        );
    }

    async makeDatabase(name) {
        const there = this.#sql(`SELECT 1 FROM pg_database WHERE datname = '${name}'`);
        if (!there) this.#sql(`CREATE DATABASE ${name}`);
    }

    url(database) {
        return `postgresql:///${database}?user=postgres&host=${encodeURIComponent(this.folder)}`;
    }

    #sql(text) {
        return this.#run('psql', ['-h', this.folder, '-U', 'postgres', '-d', 'postgres', '-At', '-c', text]).trim();
    }

    #run(program, args) {
        const options = { ...this.as, cwd: '/', encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
        return execFileSync(join(this.programs, program), args, options);
    }
}
