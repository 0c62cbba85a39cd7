// Runs the relay, Janus and the bare loop in turn under the same load on the same
// core and prints what a packet costs each. Wall-clock rates mean little on a
// shared machine: the figures are CPU time, medians of short turns, and ratios of
// neighbours. docs/performance.md says what each name means.
import { keep, median, round, runParts, say } from '../figures.mjs'
import { bare, janus, relay, stopAll } from './sides.mjs'

const video = '8 1084' // packets a burst, bytes before encryption
const audio = '1 96'
const sessions = 200
const figures = {}

const middle = (runs, key) => median(runs.map(run => run[key]))
const worst = (runs, key) => Math.max(...runs.map(run => run[key]))

const units = { ns_per_packet: 'ns', pps_per_core: 'packets/s', percent: '%', us: 'us',
    kib: 'KiB', ms_per_peer: 'ms', of_limit: 'share', janus: 'times', one: 'times' }

function found(name, value) {
    const [, unit] = Object.entries(units).find(([end]) => name.endsWith(`_${end}`))
    figures[name] = { value: round(value), unit }
    say(`    ${name.padEnd(34)} ${figures[name].value} ${unit}`)
}

/** Every side plays in turn, so often; the first turn only warms the caches. */
async function inTurn(words, times, ...sides) {
    const runs = sides.map(() => [])
    for (let i = 0; i <= times; i++)
        for (const [index, side] of sides.entries()) {
            const run = await side.play(words)
            if (i > 0)
                runs[index].push(run)
        }
    return runs
}

/** The median of neighbours' ratios. */
const ratio = (over, under, key = 'each') =>
    median(over.map((run, i) => run[key] / under[i][key]))

async function atFullLoad() {
    say('video, 40 pages in pairs, more than the relay can do')
    const [ours, limit] = [await relay(40, 2), await bare(40, 2)]
    const [mine, least] = await inTurn(`full 400 0 ${video}`, 9, ours, limit)
    const each = middle(mine, 'each')
    found('relay_video_ns_per_packet', each)
    found('relay_video_pps_per_core', 1e9 / each)
    found('relay_video_lost_percent', worst(mine, 'lost'))
    found('relay_limit_ns_per_packet', middle(least, 'each'))
    found('relay_video_share_of_limit', ratio(least, mine))
    say('latency at half of that')
    const [half, leastHalf] = await inTurn(
        `paced 1000 ${Math.round(5e8 / each)} ${video} spin`, 3, ours, limit)
    found('relay_latency_p50_us', middle(half, 'p50_us'))
    found('relay_latency_p99_us', middle(half, 'p99_us'))
    found('relay_limit_latency_p99_us', middle(leastHalf, 'p99_us'))
    await stopAll()
}

async function asRecorded() {
    say('a recorded call, 100 pages in pairs')
    const [ours, limit] = [await relay(100, 2), await bare(100, 2)]
    const [mine, least] = await inTurn('trace-full 400', 7, ours, limit)
    found('relay_trace_ns_per_packet', middle(mine, 'each'))
    found('relay_trace_share_of_limit', ratio(least, mine))
    say('the same at its own pace')
    const [paced, leastPaced] = await inTurn('trace 1500', 3, ours, limit)
    found('relay_trace_paced_ns_per_packet', middle(paced, 'each'))
    found('relay_trace_paced_share_of_limit', ratio(leastPaced, paced))
    await stopAll()
}

async function besideJanus() {
    say(`${sessions} sessions: the relay, Janus with a thread each, Janus with one loop`)
    const sides = [await relay(sessions, 2), await janus(sessions, 1, 0),
        await janus(sessions, 1, 1)]
    const [ours, ...theirs] = sides
    found('relay_session_kib', ours.start.memory_kib / sessions)
    found('relay_setup_ms_per_peer', ours.start.setup_ns / sessions / 1e6)
    found('janus_session_kib', Math.min(...theirs.map(side => side.start.memory_kib)) / sessions)
    found('janus_setup_ms_per_peer',
        Math.min(...theirs.map(side => side.start.setup_ns)) / sessions / 1e6)

    say('sparse sound, 50 packets a second each')
    const limit = await bare(sessions, 2)
    const [least, mine, ...janusAudio] = await inTurn(`audio 2000 0 ${audio}`, 3, limit, ...sides)
    const quietest = [...janusAudio].sort((a, b) => middle(a, 'each') - middle(b, 'each'))[0]
    // By packet, should the load not have kept its pace.
    const core = runs => middle(runs, 'each') * sessions * 50 / 1e7
    found('relay_audio_core_percent', core(mine))
    found('janus_audio_core_percent', core(quietest))
    found('janus_audio_lost_percent', middle(quietest, 'lost'))
    found('relay_audio_times_janus', ratio(quietest, mine))
    found('relay_audio_share_of_limit', ratio(least, mine))

    const pace = 30000
    say(`video, ${pace} packets a second`)
    const [mineVideo, ...janusVideo] = await inTurn(`paced 2000 ${pace} ${video}`, 3, ...sides)
    const best = [...janusVideo].sort((a, b) => middle(a, 'each') - middle(b, 'each'))[0]
    found('relay_video_paced_ns_per_packet', middle(mineVideo, 'each'))
    found('janus_video_ns_per_packet', middle(best, 'each'))
    found('janus_video_lost_percent', middle(best, 'lost'))
    found('relay_video_times_janus', ratio(best, mineVideo))

    say('idle')
    const [mineIdle, ...janusIdle] = await inTurn('idle 2500', 2, ...sides)
    found('relay_idle_core_percent', middle(mineIdle, 'core'))
    found('janus_idle_core_percent', Math.min(...janusIdle.map(runs => middle(runs, 'core'))))
    await stopAll()
}

async function toMany() {
    say('one to three')
    const [ours, limit, theirs] = [await relay(40, 4), await bare(40, 4), await janus(40, 4, 1)]
    const [mine, least] = await inTurn(`full 400 0 ${video}`, 7, ours, limit)
    found('relay_fanout_ns_per_packet', middle(mine, 'each'))
    found('relay_fanout_share_of_limit', ratio(least, mine))
    const [paced, janusPaced] = await inTurn(`paced 1500 4000 ${video}`, 3, ours, theirs)
    found('janus_fanout_ns_per_packet', middle(janusPaced, 'each'))
    found('relay_fanout_times_janus', ratio(janusPaced, paced))
    await stopAll()
}

async function growing() {
    const points = []
    for (const pages of [10, 100, 1000]) {
        say(`${pages} sessions`)
        const [ours, limit] = [await relay(pages, 2), await bare(pages, 2)]
        const [mine, least] = await inTurn(`full 400 0 ${video}`, 4, ours, limit)
        const sound = await inTurn(`audio 1500 0 ${audio}`, 2, ours)
        // By packet, should the load not have kept its pace.
        const core = runs => middle(runs, 'each') * 50 * pages / 1e7
        const point = { sessions: pages, ns: middle(mine, 'each'), limit_ns: middle(least, 'each'),
            audio_core: core(sound[0]) }
        await stopAll()
        if (pages <= sessions / 2) { // beyond, Janus has no core left
            const theirs = await janus(pages, 1, 1)
            point.janus_audio_core = core((await inTurn(`audio 1500 0 ${audio}`, 2, theirs))[0])
            await stopAll()
        }
        for (const key of Object.keys(point))
            point[key] = round(point[key])
        say(`    ${JSON.stringify(point)}`)
        points.push(point)
    }
    figures.relay_curve = { value: points, unit: 'ns, % of a core' }
}

async function twoWorkers() {
    say('two workers at half the load each')
    const [one, two] = [await relay(40, 2),
        await relay(40, 2, { workers: 2, cores: '0-1' })]
    const [mine, both] = await inTurn(`full 400 0 ${video}`, 9, one, two)
    found('relay_two_workers_times_one', ratio(both, mine))
    await stopAll()
}

await runParts({ atFullLoad, asRecorded, besideJanus, toMany, growing, twoWorkers }, stopAll)
keep(figures)
