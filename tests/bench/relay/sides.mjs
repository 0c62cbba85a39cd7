// The servers that are measured, each with its pages (relay-load). Any number of
// them run at once on one core; all but the one that is asked are held.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pass } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
export const build = join(root, process.env.BUILD ?? 'build')
const address = process.env.VESTIBULE_TEST_ADDRESS
const trace = join(root, 'tests/vector/chromium156-call.csv')
const last = cpus().length - 1

// One core for whoever is measured, another for the load where there is one, both
// before what else the machine does (without the right to, nice only complains).
const pinned = (cores, program, args, options) =>
    spawn('nice', ['-n', '-15', 'taskset', '-c', String(cores), program, ...args], options)

let port = 3500 // each server has its own few
const nextPort = () => (port += 10)
const open = new Set()

class Side {
    constructor(server, folder) {
        Object.assign(this, { server, folder })
    }

    /** Starts the pages; resolves when all are connected. */
    async load(way, where, pages, group) {
        this.pages = pinned(0, join(build, 'bench/relay-load'),
            [way, where, String(this.server.pid), String(pages), String(group), address, trace],
            { stdio: ['pipe', 'pipe', 'inherit'] })
        this.lines = createInterface({ input: this.pages.stdout })[Symbol.asyncIterator]()
        this.start = await this.line()
        open.add(this)
        return this
    }

    async line() {
        const { value, done } = await this.lines.next()
        if (done)
            throw new Error('the load ended')
        return JSON.parse(value)
    }

    /** KIND MS [PPS BURST BYTES [spin]]: see load.c. The others are held. */
    async play(words) {
        for (const side of open)
            side.server.kill(side === this ? 'SIGCONT' : 'SIGSTOP')
        this.pages.stdin.write(`${words}\n`)
        const played = await this.line()
        for (const side of open)
            side.server.kill('SIGCONT')
        return {
            ...played,
            each: played.cpu_ns / played.got,
            core: played.cpu_ns / played.us / 10,
            lost: 100 * (1 - played.got / played.wanted),
        }
    }

    async stop() {
        open.delete(this)
        this.pages.stdin.end()
        await once(this.pages, 'exit')
        this.server.kill('SIGTERM')
        const dead = setTimeout(() => this.server.kill('SIGKILL'), 3000)
        if (this.server.exitCode === null && this.server.signalCode === null)
            await once(this.server, 'exit')
        clearTimeout(dead)
        rmSync(this.folder, { recursive: true, force: true })
    }
}

const makeFolder = () => mkdtempSync(join(tmpdir(), 'bench-relay-'))

/** Resolves when it wrote `ready`. */
async function serve(cores, program, args, ready) {
    const child = pinned(cores, program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const lines = []

    await new Promise((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr])
            createInterface({ input: stream }).on('line', line => {
                lines.push(line)
                if (line.includes(ready))
                    resolve()
            })
        child.once('error', reject)
        child.once('exit', code => reject(new Error(`${program} ended: ${code}\n${lines.join('\n')}`)))
    })
    return child
}

export async function relay(pages, group,
    { workers = 1, cores = last, program = join(build, 'vestibule-relay') } = {}) {
    const folder = makeFolder()
    const control = join(folder, 'control')
    const server = await serve(cores, program,
        ['--control', control, '--listen', `${address}:${nextPort()}`, '--workers',
            String(workers), '--log', 'notice', '--user', 'root'], 'serves')
    return new Side(server, folder).load('relay', control, pages, group)
}

export async function bare(pages, group) {
    const folder = makeFolder()
    port += pages + 10
    const own = String(port)
    port += pages
    const server = await serve(last, join(build, 'bench/relay-limit'),
        [address, own, String(pages), String(group)], 'ready')
    return new Side(server, folder).load('bare', own, pages, group)
}

/** Debian's Janus without what is not measured. Its configuration is a folder. */
function configureJanus(folder, http, loops) {
    const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/janus`
    const plugins = join(folder, 'plugins')
    mkdirSync(plugins)
    for (const name of ['echotest', 'videoroom'])
        symlinkSync(join(library, 'plugins', `libjanus_${name}.so`),
            join(plugins, `libjanus_${name}.so`))
    const transports = join(folder, 'transports')
    mkdirSync(transports)
    symlinkSync(join(library, 'transports/libjanus_http.so'), join(transports, 'libjanus_http.so'))
    mkdirSync(join(folder, 'none'))
    writeFileSync(join(folder, 'janus.transport.http.jcfg'), `
general: { json = "plain", base_path = "/janus", http = true, port = ${http}, ip = "${address}", https = false }
admin: { admin_http = false, admin_https = false }
`)
    writeFileSync(join(folder, 'janus.jcfg'), `
general: { configs_folder = "${folder}", plugins_folder = "${plugins}"
  transports_folder = "${transports}", events_folder = "${folder}/none"
  loggers_folder = "${folder}/none", debug_level = 3, interface = "${address}"
  session_timeout = 0, event_loops = ${loops}, debug_locks = false }
nat: { nice_debug = false, ice_lite = true, ice_enforce_list = "${address}" }
media: { rtp_port_range = "42000-60999", ipv6 = false }
events: { broadcast = false }
`)
}

async function answers(url, ms) {
    for (const end = Date.now() + ms; ; await pass(100)) {
        const answer = await fetch(url).catch(() => undefined)
        if (answer?.ok)
            return
        if (Date.now() > end)
            throw new Error(`nobody answers at ${url}`)
    }
}

/** Group 1: each page's own packets come back (echotest). */
export async function janus(pages, group, loops) {
    const folder = makeFolder()
    const http = nextPort()
    configureJanus(folder, http, loops)
    const url = `http://${address}:${http}/janus`
    const server = pinned(last, 'janus', ['-F', folder, '-C', join(folder, 'janus.jcfg')],
        { stdio: 'ignore' })
    await answers(`${url}/info`, 10_000)
    return new Side(server, folder).load('janus', url, pages, group)
}

export async function stopAll() {
    for (const side of [...open])
        await side.stop()
}
