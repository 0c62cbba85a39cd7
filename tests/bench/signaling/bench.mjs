// What sockets, commands and lists cost the server, beside the least that
// libwebsockets, SQLite and PostgreSQL can do in the same run. Wall-clock rates
// mean little on a shared machine: figures are CPU time and ratios of
// neighbouring turns where they can be. docs/performance.md says what each name
// means. Arguments name parts; none: all of them.
import { join } from 'node:path'
import { keep, median, round, runParts, say } from '../figures.mjs'
import { bare, cpu, Database, folder, key, memory, once, port, Redis, start, stopAll,
    vestibule } from './scene.mjs'

const people = Number(process.env.PEOPLE ?? 5000)
const few = 50
const clinics = 10
const visitsOfYear = Number(process.env.VISITS ?? 200_000)
const figures = {}

function found(name, value, unit, against) {
    figures[name] = { value: round(value), unit, against }
    say(`    ${name.padEnd(30)} ${figures[name].value} ${unit}  ${JSON.stringify(against)}`)
}

/* ---- sockets ---------------------------------------------------------------- */

/** So many come at once; what it costs the server for each, and what stays. */
async function storm(server, crowd, words, settle) {
    const [memoryBefore, cpuBefore] = [memory(server.pid), cpu(server.pid)]
    const came = await crowd.ask(words)
    if (came.done !== Number(words.split(' ')[1]))
        throw new Error(`${words}: ${JSON.stringify(came)}`)
    const us = (cpu(server.pid) - cpuBefore) / came.done
    const idle = cpu(server.pid)
    await crowd.ask(`hold ${settle}`)
    return { ...came, us, kib: (memory(server.pid) - memoryBefore) / came.done,
        core: (cpu(server.pid) - idle) / settle / 10 }
}

async function bareStorm(list, day) {
    const crowd = await start('crowd', port, list, day)
    const server = await bare()
    const came = await storm(server, crowd, `echo ${people}`, 1000)
    await crowd.end()
    await server.kill()
    return came
}

/** From a command to every other screen, with so many on the line. */
async function events(crowd) {
    const staff = await crowd.ask('staff')
    if (staff.refused)
        throw new Error(`staff: ${JSON.stringify(staff)}`)
    await crowd.ask('hold 2000')
    const told = await crowd.ask('events 8 480 40')
    if (told.never || told.refused)
        throw new Error(`events: ${JSON.stringify(told)}`)
    return told
}

async function sockets() {
    const [database, list] = [join(folder, 'sockets.db'), join(folder, 'people')]
    say(`${people} visits are booked, their links claimed`)
    const { day } = await once('work', 'book', database, key, clinics, people, list)
    say('they come to the bare server, then to ours, then to the bare one')
    const before = await bareStorm(list, day)
    let crowd = await start('crowd', port, list, day)
    let server = await vestibule(database)
    const came = await storm(server, crowd, `storm ${people}`, 6000)
    const [big, resumed] = await afterStorm(crowd, server, database)
    server = resumed.server
    await crowd.ask('leave')
    await crowd.end()
    await server.kill('SIGTERM')
    const after = await bareStorm(list, day)
    const each = { us: (before.us + after.us) / 2, kib: (before.kib + after.kib) / 2 }
    say('a few on the line')
    crowd = await start('crowd', port, list, day)
    server = await vestibule(database)
    await storm(server, crowd, `storm ${few}`, 1000)
    const small = await events(crowd)
    await crowd.end()
    await server.kill()

    found('ws_idle_times_bare', came.kib / each.kib, 'times',
        { kib: round(came.kib), bare_kib: round(each.kib), idle_core_percent: round(came.core) })
    found('ws_accept_times_bare', came.us / each.us, 'times',
        { us: round(came.us), bare_us: round(each.us), waiting: came.done, refused: came.refused,
            lost: came.lost, seconds: round(came.ms / 1000) })
    found('event_p99_times_small', big.command_p99_us / small.command_p99_us, 'times',
        { people, few, p50_ms: round(big.command_p50_us / 1000), p99_ms: round(big.command_p99_us / 1000),
            few_p50_ms: round(small.command_p50_us / 1000), few_p99_ms: round(small.command_p99_us / 1000),
            after_answer_p99_ms: round(big.answer_p99_us / 1000),
            few_after_answer_p99_ms: round(small.answer_p99_us / 1000) })
    found('resume_all_s', resumed.ms / 1000, 's',
        { people: resumed.done, p50_s: round(resumed.p50_ms / 1000), p95_s: round(resumed.p95_ms / 1000),
            lower: resumed.lower, busiest_second: resumed.busiest_second,
            upgrades: resumed.opened, us: round(resumed.us) })
}

async function afterStorm(crowd, server, database) {
    say('commands while all are there')
    const big = await events(crowd)
    say('kill -9, and everybody comes back')
    await crowd.ask(`resume ${people}`)
    await server.kill()
    const again = await vestibule(database)
    const before = cpu(again.pid)
    const resumed = await crowd.answer()
    if (resumed.done !== people)
        throw new Error(`resume: ${JSON.stringify(resumed)}`)
    return [big, { ...resumed, server: again, us: (cpu(again.pid) - before) / people }]
}

/* ---- durable commands --------------------------------------------------------- */

const turns = 7

/** Both in turn; the median of neighbours' shares. The first turn only warms. */
async function shareOfBare(name, database, count) {
    const engine = await start('work', 'commands', database.url('engine'), key, 256)
    const least = await start('bare-commit', database.url('bare'))
    const runs = []
    for (let i = 0; i <= turns; i++) {
        const [ours, theirs] = [await engine.ask(`go ${count}`), await least.ask(`go ${count}`)]
        if (i > 0)
            runs.push({ ours, theirs, share: ours.per_s / theirs.per_s })
    }
    await engine.end()
    await least.end()
    found(name, median(runs.map(run => run.share)), 'share',
        { per_s: round(median(runs.map(run => run.ours.per_s))),
            bare_per_s: round(median(runs.map(run => run.theirs.per_s))),
            us: round(median(runs.map(run => run.ours.cpu_us))),
            bare_us: round(median(runs.map(run => run.theirs.cpu_us))) })
}

async function commits() {
    say('durable commands at the engine, SQLite')
    await shareOfBare('commit_sqlite_share_of_bare', { url: name => join(folder, `${name}.db`) }, 6400)
    if (!Database.isThere()) {
        say('    PostgreSQL is not installed: its two figures are left out')
        return
    }
    say('the same, PostgreSQL')
    const database = new Database()
    await shareOfBare('commit_postgres_share_of_bare', database, 3200)
    await twoNodes(database)
}

/** One node, then two with half each, in turn. */
async function twoNodes(database) {
    if (!Redis.isThere()) {
        say('    Redis is not installed: two nodes are left out')
        return
    }
    say('two nodes against one, PostgreSQL and Redis')
    const redis = await new Redis().start()
    const url = database.url('nodes')
    const nodes = []
    for (let i = 0; i < 2; i++)
        nodes.push(await start('work', 'commands', url, key, 256, redis.url))
    const runs = []
    for (let i = 0; i < 5; i++) {
        const one = await nodes[i % 2].ask('go 3200')
        const before = database.cpu()
        const two = await Promise.all(nodes.map(node => node.ask('go 1600')))
        const us = Math.max(...two.map(each => each.ended_us)) -
            Math.min(...two.map(each => each.began_us))
        const per_s = 3200 / us * 1e6
        runs.push({ one: one.per_s, two: per_s, times: per_s / one.per_s,
            node: (two[0].cpu_us + two[1].cpu_us) / 2, server: (database.cpu() - before) / 3200,
            cores: ((two[0].cpu_us + two[1].cpu_us) * 1600 + database.cpu() - before) / us })
    }
    for (const node of nodes)
        await node.end()
    await redis.end()
    const middle = name => round(median(runs.slice(1).map(run => run[name])))
    found('two_nodes_times_one', middle('times'), 'times',
        { one_per_s: middle('one'), two_per_s: middle('two'), node_us: middle('node'),
            database_us: middle('server'), cores_used: middle('cores') })
}

/* ---- a year ------------------------------------------------------------------- */

async function year() {
    say(`a year of ${visitsOfYear} visits beside a day's`)
    const { day, year: all, seconds, visits, events: stored } = await once('work', 'year',
        join(folder, 'day.db'), join(folder, 'year.db'), key, visitsOfYear)
    const times = name => all[name] / day[name]
    found('year_times_day', Math.max(times('list_us'), times('command_us')), 'times',
        { list_ms: round(all.list_us / 1000), day_list_ms: round(day.list_us / 1000),
            command_ms: round(all.command_us / 1000), day_command_ms: round(day.command_us / 1000),
            first_list_times: round(times('first_list_us')), first_list_ms: round(all.first_list_us / 1000),
            first_command_times: round(times('first_command_us')),
            first_command_ms: round(all.first_command_us / 1000),
            visits, events: stored, seeded_s: round(seconds) })
}

/* ---- the run ------------------------------------------------------------------ */

await runParts({ sockets, commits, year }, stopAll)
keep(figures)
