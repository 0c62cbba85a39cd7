// scene: the programs of one run, each spoken to by lines: what is said on the
// left is answered by one line of JSON. Everything ends with the run.
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../../..')
export const build = join(root, process.env.BUILD ?? 'build')
export const folder = mkdtempSync(join(tmpdir(), 'vestibule-bench-'))
export const key = join(folder, 'key')
writeFileSync(key, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const running = new Set()

export class Program {
    constructor(command, args) {
        this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
        running.add(this)
        this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
        this.exited = new Promise(resolve => this.child.once('exit', resolve))
            .then(() => running.delete(this))
        this.child.stdin.on('error', () => undefined)
    }

    get pid() {
        return this.child.pid
    }

    async answer() {
        const { value, done } = await this.lines.next()
        if (done)
            throw new Error(`${this.child.spawnfile} ${this.child.spawnargs[1]} ended`)
        return JSON.parse(value)
    }

    ask(words) {
        this.child.stdin.write(`${words}\n`)
        return this.answer()
    }

    /** Ends by itself when nobody speaks to it any more. */
    async end() {
        this.child.stdin.end()
        await this.exited
    }

    async kill(signal = 'SIGKILL') {
        this.child.kill(signal)
        await this.exited
    }
}

export async function stopAll() {
    await Promise.all([...running].map(each => each.kill()))
}

/** A program that has one thing to say. */
export async function once(name, ...args) {
    const program = new Program(join(build, 'bench', name), args)
    const answer = await program.answer()
    await program.end()
    return answer
}

/** One that is spoken to, once it said that it is ready. */
export async function start(name, ...args) {
    const program = new Program(join(build, 'bench', name), args)
    await program.answer()
    return program
}

/* ---- servers --------------------------------------------------------------- */

function certificate() {
    const path = join(folder, 'certificate.pem')
    if (!existsSync(path))
        execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-days', '2',
            '-keyout', join(folder, 'tls.key'), '-out', path], { stdio: 'ignore' })
    return [path, join(folder, 'tls.key')]
}

async function serving(command, args) {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const server = { child, pid: child.pid, log: '' }
    server.exited = new Promise(resolve => child.once('exit', resolve))
        .then(() => running.delete(server))
    server.kill = async (signal = 'SIGKILL') => {
        child.kill(signal)
        await server.exited
    }
    running.add(server)
    child.stderr.setEncoding('utf8')
    await new Promise((resolve, reject) => {
        child.stderr.on('data', text => {
            server.log = (server.log + text).slice(-4000)
            if (server.log.includes('serving address'))
                resolve()
        })
        child.once('exit', () => reject(new Error(`${command}: ${server.log}`)))
    })
    return server
}

export const port = 8443

/** libwebsockets alone. */
export const bare = () => serving(join(build, 'bench/bare-socket'), [port, ...certificate()])

/** The real server with the settings that nobody changed, but for those without
 * which there is nothing to measure. */
export function vestibule(database) {
    const [path, tls] = certificate()
    const settings = {
        listen: `127.0.0.1:${port}`, origin: `https://localhost:${port}`, database,
        tls_certificate: path, tls_key: tls, master_key: key,
        web_root: join(root, 'web/dist'), opens_before_minutes: 1440, log: 'warning',
    }
    const config = join(folder, 'vestibule.conf')
    // It says that it serves at the level "notice".
    writeFileSync(config, Object.entries({ ...settings, log: 'notice' })
        .map(([name, value]) => `${name} = ${value}\n`).join(''))
    return serving(join(build, 'vestibule'), ['--config', config])
}

/* ---- what a process uses --------------------------------------------------- */

/** CPU time of all its threads, in microseconds. */
export function cpu(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Private memory in KiB. */
export function memory(pid) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+)/gm)]
        .reduce((sum, [, kib]) => sum + Number(kib), 0)
}

/* ---- PostgreSQL (tests/with-postgres) and Redis ------------------------------ */

const sockets = process.env.VESTIBULE_TEST_POSTGRES
const programs = process.env.VESTIBULE_TEST_POSTGRES_BIN

export class Database {
    #made = new Set()

    static isThere() {
        return sockets !== undefined
    }

    url(name) {
        if (!this.#made.has(name))
            execFileSync(join(programs, 'psql'), ['-q', '-h', sockets, '-U', 'postgres', '-c',
                `CREATE DATABASE bench_${name}`])
        this.#made.add(name)
        return `postgresql:///bench_${name}?user=postgres&host=${sockets}`
    }

    /** CPU time of the server with all its processes, those that ended too. */
    cpu() {
        const pid = readFileSync(join(sockets, 'data/postmaster.pid'), 'utf8').split('\n')[0]
        const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
        return [pid, ...children.filter(Boolean)].reduce((sum, each) => {
            try {
                return sum + cpu(each)
            } catch {
                return sum // it ended meanwhile
            }
        }, 0)
    }
}

export class Redis {
    static isThere() {
        return existsSync('/usr/bin/redis-server')
    }

    async start() {
        const socket = join(folder, 'redis')
        this.url = `unix://${socket}`
        const child = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '',
            '--appendonly', 'no'], { stdio: ['ignore', 'pipe', 'inherit'] })
        this.kill = async () => {
            child.kill('SIGKILL')
            await this.exited
        }
        this.exited = new Promise(resolve => child.once('exit', resolve)).then(() => running.delete(this))
        running.add(this)
        await new Promise((resolve, reject) => {
            child.stdout.on('data', text => /accept connections/.test(text) && resolve())
            child.once('exit', () => reject(new Error('redis-server ended')))
        })
        return this
    }

    end() {
        return this.kill()
    }
}
