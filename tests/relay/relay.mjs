// Starts the real vestibule-relay and speaks its control socket
// (docs/relay-control.md).
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { Certificates } from './certificates.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const build = join(root, process.env.BUILD ?? 'build')

/** The address browsers can use; tests/in-netns gives one. */
export const address = process.env.VESTIBULE_TEST_ADDRESS

/** The sanitized program when it was built: a bug in C then ends the test. */
export function program(released) {
    const sanitized = join(build, 'san/vestibule-relay')
    return existsSync(sanitized) && !released ? sanitized : join(build, 'vestibule-relay')
}

/** A port that nobody has just now, by TCP. */
export async function freePort(at = '127.0.0.1') {
    const server = createServer().listen(0, at)
    await once(server, 'listening')
    const { port } = server.address()
    server.close()
    await once(server, 'close')
    return port
}

export class Relay {
    /** Resolves when it serves. tls: by TLS on loopback too, or only. */
    static async start({
        port = 3478, workers = 1, released = false, at = address, tls = false, more = [],
    } = {}) {
        if (!at)
            throw new Error('run this inside tests/in-netns: it needs an address')
        const relay = new Relay()
        relay.port = port
        relay.folder = mkdtempSync(join(tmpdir(), 'vestibule-relay-'))
        relay.path = join(relay.folder, 'control')
        relay.child = spawn(program(released), [
            ...tls === 'only' ? [] : ['--control', relay.path],
            ...tls ? await relay.tlsWords() : [],
            '--listen', `${at}:${port}`,
            '--workers', String(workers), '--log', 'debug', ...more,
        ], { stdio: ['ignore', 'ignore', 'pipe'] })
        relay.log = []
        relay.ended = once(relay.child, 'exit')
        await new Promise((resolve, reject) => {
            relay.child.once('error', reject)
            relay.ended.then(([code, signal]) =>
                reject(new Error(`relay ended: ${code ?? signal}\n${relay.log.join('\n')}`)))
            createInterface({ input: relay.child.stderr }).on('line', line => {
                relay.log.push(line)
                if (line.includes('relay serves'))
                    resolve()
            })
        })
        relay.ended.catch(() => {})
        return relay
    }

    /** Makes the certificates: relay, node, and their authority. */
    async tlsWords() {
        this.certificates = new Certificates(this.folder).authority('authority')
            .sign('relay', 'serverAuth').sign('node', 'clientAuth')
        this.tlsPort = await freePort()
        return ['--control', `tls:127.0.0.1:${this.tlsPort}`,
            '--certificate', this.certificates.path('relay'),
            '--key', this.certificates.path('relay', 'key'),
            '--authority', this.certificates.path('authority')]
    }

    /** SIGTERM; returns the exit code, which the sanitizers raise. */
    async stop() {
        if (this.child.exitCode === null && this.child.signalCode === null)
            this.child.kill('SIGTERM')
        const [code, signal] = await this.ended
        rmSync(this.folder, { recursive: true, force: true })
        return code ?? signal
    }
}

/** One signaling process's connection. Requests are promises; events are kept. */
export class Control extends EventEmitter {
    static async connect(path) {
        return Control.over(createConnection(path))
    }

    /** By TLS, as a node. */
    static async connectTls(relay, options = {}) {
        return Control.over(connectTls({
            host: '127.0.0.1', port: relay.tlsPort, ...relay.certificates.client('node'), ...options,
        }))
    }

    static async over(socket) {
        const control = new Control()
        control.socket = socket
        control.waiting = new Map()
        control.events = []
        control.next = 1
        createInterface({ input: control.socket })
            .on('error', () => {}) // the socket's, told again
            .on('line', line => control.take(JSON.parse(line)))
        await new Promise((resolve, reject) => {
            socket.once('error', reject)
            socket.once('close', () => reject(new Error('the relay closed the line')))
            control.event(event => event.event === 'hello').then(resolve, reject)
        })
        return control
    }

    take(message) {
        if (message.event) {
            this.events.push(message)
            this.emit('event', message)
            return
        }
        const resolve = this.waiting.get(message.re)
        this.waiting.delete(message.re)
        resolve?.(message)
    }

    /** The answer, refused or not. */
    ask(verb, fields = {}) {
        const id = this.next++
        this.socket.write(`${JSON.stringify({ id, do: verb, ...fields })}\n`)
        return new Promise(resolve => this.waiting.set(id, resolve))
    }

    /** The answer of a request that must not be refused. */
    async do(verb, fields) {
        const answer = await this.ask(verb, fields)
        if (answer.refused)
            throw new Error(`${verb} refused: ${answer.refused} ${answer.say}`)
        return answer
    }

    /** The first event that fits, past or to come. */
    event(fits, ms = 10_000) {
        return new Promise((resolve, reject) => {
            const past = this.events.find(fits)
            if (past)
                return resolve(past)
            const timer = setTimeout(() => {
                this.off('event', look)
                reject(new Error(`no such event; seen: ${JSON.stringify(this.events)}`))
            }, ms)
            const look = event => {
                if (!fits(event))
                    return
                clearTimeout(timer)
                this.off('event', look)
                resolve(event)
            }
            this.on('event', look)
        })
    }

    close() {
        this.socket.destroy()
    }
}
