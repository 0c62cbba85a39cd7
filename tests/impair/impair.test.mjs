// The figures of the impairment proxy: what it is told is what the line does.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { Impair } from './impair.mjs'
import { chance, Line } from './line.mjs'

const near = (value, wanted, off, what) =>
    assert.ok(Math.abs(value - wanted) <= off, `${what}: ${value}, not ${wanted} ± ${off}`)

/** So many packets, one each spacingMs; what became of them. */
function run(settings, { count = 20_000, bytes = 100, spacingMs = 1, line } = {}) {
    line ??= new Line(chance(7))
    line.set(settings)
    const fates = []
    for (let i = 0; i < count; i++)
        fates.push(line.offer(bytes, i * spacingMs))
    return { line, fates, counts: line.counts }
}

/** Lengths of the runs of lost packets. */
function bursts(fates) {
    const lengths = []
    let length = 0
    for (const arrivals of fates) {
        if (arrivals.length === 0) {
            length += 1
        } else if (length > 0) {
            lengths.push(length)
            length = 0
        }
    }
    return lengths
}

const mean = list => list.reduce((sum, one) => sum + one, 0) / list.length

describe('the model of a line', () => {
    test('a perfect one changes nothing', () => {
        const { fates } = run({}, { count: 100 })
        fates.forEach((arrivals, i) => assert.deepEqual(arrivals, [i]))
    })

    for (const loss of [0.01, 0.05, 0.15, 0.5])
        test(`${loss * 100} % get lost, one by one`, () => {
            const { counts, fates } = run({ loss })
            near(counts.lost / counts.offered, loss, 0.01, 'loss')
            near(mean(bursts(fates)), 1 / (1 - loss), 0.15, 'length of a loss')
        })

    test('5 % get lost in bursts of eight', () => {
        const { counts, fates } = run({ loss: 0.05, burst: 8 }, { count: 100_000 })
        near(counts.lost / counts.offered, 0.05, 0.01, 'loss')
        near(mean(bursts(fates)), 8, 1, 'length of a loss')
    })

    test('delay and jitter: late by what was asked, in order', () => {
        const { fates } = run({ delayMs: 40, jitterMs: 200 }, { spacingMs: 20 })
        const late = fates.map(([at], i) => at - i * 20)
        assert.ok(Math.min(...late) >= 40)
        assert.ok(Math.max(...late) <= 240 && Math.max(...late) > 235)
        for (let i = 1; i < fates.length; i++)
            assert.ok(fates[i][0] >= fates[i - 1][0])
    })

    test('with reordering the lateness is even, and packets overtake', () => {
        const { fates } = run({ delayMs: 40, jitterMs: 200, reorder: true }, { spacingMs: 20 })
        near(mean(fates.map(([at], i) => at - i * 20)), 140, 2, 'mean lateness')
        const overtaken = fates.filter(([at], i) => i > 0 && at < fates[i - 1][0])
        assert.ok(overtaken.length > 5_000)
    })

    test('150 kbit/s carry 150 kbit/s, wait at most as long as the queue, drop the rest', () => {
        // 1,000 bytes with headers each 20 ms are 400 kbit/s.
        const { fates, counts } = run({ kbps: 150, queueMs: 300 },
            { bytes: 972, spacingMs: 20, count: 3_000 })
        near((counts.delivered * 8_000) / 60_000, 150, 3, 'kbit/s')
        near(counts.dropped / counts.offered, 1 - 150 / 400, 0.01, 'dropped')
        const waits = fates.flatMap(([at], i) => (at === undefined ? [] : [at - i * 20]))
        assert.ok(Math.max(...waits) <= 300 + 8_000 / 150 + 1)
        assert.ok(Math.max(...waits) > 290)
    })

    test('one packet of ten comes twice', () => {
        const { fates, counts } = run({ duplicate: 0.1 })
        near(counts.duplicated / counts.offered, 0.1, 0.01, 'duplicated')
        near(fates.flat().length / counts.offered, 1.1, 0.01, 'delivered')
    })

    test('it changes while it runs, and knows its settings', () => {
        const { line } = run({ loss: 1 }, { count: 10 })
        assert.equal(line.counts.delivered, 0)
        run({ loss: 0 }, { count: 10, line })
        assert.equal(line.counts.delivered, 10)
        assert.throws(() => line.set({ lost: 1 }), /no lost/)
    })
})

/** Echoes what comes; tells from where. */
async function echo(t) {
    const socket = createSocket('udp4')
    const from = new Set()
    socket.on('message', (bytes, sender) => {
        from.add(sender.port)
        socket.send(bytes, sender.port, sender.address)
    })
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    t.after(() => socket.close())
    return { from, target: { address: '127.0.0.1', port: socket.address().port } }
}

async function client(t, impair) {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    t.after(() => socket.close())
    const came = []
    socket.on('message', bytes => came.push({ n: bytes.readUInt32BE(), atMs: performance.now() }))
    return {
        came,
        send(n, bytes = 100) {
            const packet = Buffer.alloc(bytes)
            packet.writeUInt32BE(n)
            socket.send(packet, impair.port, '127.0.0.1')
        },
        async until(count) {
            while (came.length < count)
                await once(socket, 'message')
        },
    }
}

describe('the proxy', { timeout: 20_000 }, () => {
    test('carries both ways, late by the delay of both', async t => {
        const { target } = await echo(t)
        const impair = await Impair.start({ address: '127.0.0.1', target })
        t.after(() => impair.close())
        const page = await client(t, impair)
        impair.set({ up: { delayMs: 30 }, down: { delayMs: 50 } })
        const startMs = performance.now()
        for (let n = 0; n < 50; n++)
            page.send(n)
        await page.until(50)
        assert.deepEqual(page.came.map(({ n }) => n), [...Array(50).keys()])
        assert.ok(page.came[0].atMs - startMs >= 79)
    })

    test('each direction by itself; a narrow one spaces what it carries', async t => {
        const { target } = await echo(t)
        const impair = await Impair.start({ address: '127.0.0.1', target })
        t.after(() => impair.close())
        const page = await client(t, impair)
        impair.set({ down: { kbps: 400, queueMs: 10_000 } }) // 1,000 bytes: 20 ms
        for (let n = 0; n < 20; n++)
            page.send(n, 972)
        await page.until(20)
        assert.ok(page.came[19].atMs - page.came[0].atMs >= 19 * 20 - 15)
        assert.equal(impair.up.counts.delivered, 20)
        assert.equal(impair.down.counts.delivered, 20)
    })

    test('a page that moved comes from elsewhere', async t => {
        const { target, from } = await echo(t)
        const impair = await Impair.start({ address: '127.0.0.1', target })
        t.after(() => impair.close())
        const page = await client(t, impair)
        page.send(1)
        await page.until(1)
        impair.move()
        page.send(2)
        await page.until(2)
        assert.equal(from.size, 2)
    })

    test('an answer leads through it', async t => {
        const impair = await Impair.start({ address: '127.0.0.1', target: { port: 9 } })
        t.after(() => impair.close())
        assert.equal(
            impair.through('a=candidate:1 1 udp 2130706431 10.1.1.1 3478 typ host\r\n'),
            `a=candidate:1 1 udp 2130706431 127.0.0.1 ${impair.port} typ host\r\n`)
    })
})
