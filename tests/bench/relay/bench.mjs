// Runs the relay and the bare loop in turn under the same load on the same core
// and prints what a packet costs each. Wall-clock rates mean little on a shared
// machine: the figures are CPU time, medians, and ratios of neighbours.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const build = join(fileURLToPath(new URL('../../..', import.meta.url)),
    process.env.BUILD ?? 'build')
const rounds = Number(process.env.ROUNDS ?? 3)
const seconds = process.env.SECONDS_EACH ?? '2'
const port = 43478
const pages = { video: 40, audio: 200, idle: 200 }

// One core for whoever is measured, another for the load where there is one, both
// before what else the machine does (without the right to, nice only complains).
const pinned = (core, program, args) =>
    ['nice', ['-n', '-15', 'taskset', '-c', String(Math.min(core, cpus().length - 1)),
        program, ...args]]

async function serve(program, args, ready) {
    const child = spawn(...pinned(1, program, args), { stdio: ['ignore', 'pipe', 'pipe'] })
    const lines = []
    await new Promise((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr])
            createInterface({ input: stream }).on('line', line => {
                lines.push(line)
                if (line.includes(ready))
                    resolve()
            })
        child.once('exit', code => reject(new Error(`${program} ended: ${code}\n${lines.join('\n')}`)))
    })
    return child
}

async function load(kind, way, where, child) {
    const [program, args] = pinned(0, join(build, 'bench/relay-load'),
        [way, where, String(child.pid), kind, String(pages[kind]), seconds])
    const { status, stdout, stderr } =
        spawnSync(program, args, { encoding: 'utf8', timeout: 60000 })
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null)
        await once(child, 'exit')
    if (status !== 0)
        throw new Error(`load ${way} ${kind}: ${stderr}`)
    return JSON.parse(stdout)
}

async function relay(kind) {
    const folder = mkdtempSync(join(tmpdir(), 'relay-bench-'))
    const control = join(folder, 'control')
    try {
        const child = await serve(join(build, 'vestibule-relay'),
            ['--control', control, '--listen', `127.0.0.1:${port}`, '--workers', '1',
                '--log', 'notice', '--user', 'root'], 'serves')
        return await load(kind, 'relay', control, child)
    } finally {
        rmSync(folder, { recursive: true, force: true })
    }
}

async function bare(kind) {
    return load(kind, 'bare', '42000', await serve(join(build, 'bench/relay-limit'),
        ['42000', String(pages[kind])], 'ready'))
}

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const each = run => run.cpu_ns / run.got
const core = run => run.cpu_ns / run.seconds / 1e7
const round = value => Number(value.toPrecision(3))

const runs = { video: [], limit: [], audio: [], idle: [] }
for (let i = 0; i < rounds; i++) {
    runs.video.push(await relay('video'))
    runs.limit.push(await bare('video'))
    runs.audio.push(await relay('audio'))
    runs.idle.push(await relay('idle'))
}
const all = [...runs.audio, ...runs.idle]
const figures = {
    relay_video_ns_per_packet: round(median(runs.video.map(each))),
    relay_video_pps_per_core: Math.round(1e9 / median(runs.video.map(each))),
    relay_video_share_of_limit:
        round(median(runs.video.map((run, i) => each(runs.limit[i]) / each(run)))),
    relay_video_lost_percent:
        round(median(runs.video.map(run => 100 * (1 - run.got / run.sent)))),
    relay_limit_ns_per_packet: round(median(runs.limit.map(each))),
    relay_audio_core_percent: round(median(runs.audio.map(core))),
    relay_idle_core_percent: round(median(runs.idle.map(core))),
    relay_session_kib: round(median(runs.idle.map(run => run.memory_kib / run.pages))),
    relay_setup_ms_per_peer: round(median(all.map(run => run.setup_ns / run.pages / 1e6))),
}
for (const [name, value] of Object.entries(figures))
    console.log(`${name.padEnd(30)} ${value}`)
const path = join(build, 'bench.json')
const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
writeFileSync(path, JSON.stringify({ ...before, ...figures }, null, 2) + '\n')
