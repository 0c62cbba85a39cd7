// Bad lines and strangers: packets that get lost, packets that nobody asked for.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { Scene } from './scene.mjs'
import { address } from './relay.mjs'

let scene

before(async () => {
    scene = await Scene.start({}, 'chromium', 'firefox')
}, { timeout: 60_000 })

after(async () => {
    assert.equal(await scene?.stop(), 0, scene?.relay.log.slice(-40).join('\n'))
})

/** Drops so many of a hundred datagrams from and to the relay until the end of
 * the test; only in this network namespace. */
function lose(t, percent) {
    const nft = rules => execFileSync('nft', ['-f', '-'], { input: rules })
    const drop = `numgen random mod 100 < ${percent} drop`

    t.after(() => nft('delete table inet loss'))
    nft(`table inet loss {
        chain line {
            type filter hook input priority 0;
            udp sport ${scene.relay.port} ${drop}
            udp dport ${scene.relay.port} ${drop}
        }
    }`)
}

/** Sums over the page's video statistics. */
function repairs() {
    return window.pc.getStats().then(report => {
        const sums = { asked: 0, repeated: 0 }
        for (const one of report.values()) {
            if (one.type === 'inbound-rtp' && one.kind === 'video')
                sums.asked += one.nackCount ?? 0
            if (one.type === 'outbound-rtp' && one.kind === 'video')
                sums.repeated += one.retransmittedPacketsSent ?? 0
        }
        return sums
    })
}

describe('a bad line', { timeout: 180_000 }, () => {
    for (const [first, second] of [['chromium', 'chromium'], ['chromium', 'firefox']]) {
        test(`${first} with ${second}: pictures go on while packets get lost`, async t => {
            const visit = await scene.meet(t, first, second)

            await visit.talk()
            lose(t, 8)
            for (const person of visit.people)
                await person.seesMore(1, 40, 30_000)
            const sums = await visit.people[0].page.evaluate(repairs)
            assert.ok(sums.asked > 0, 'the page asked for what was lost')
            assert.ok(sums.repeated > 0, 'the relay asked for what was lost')
        })
    }

    test('a handshake completes while packets get lost', async t => {
        lose(t, 15)
        await scene.meet(t, 'chromium', 'firefox')
    })
})

describe('what strangers send', { timeout: 60_000 }, () => {
    test('a bad offer is refused with a sentence', async () => {
        const answer = await scene.control.ask('join',
            { place: 'p', peer: 'q', offer: 'v=0\r\nnonsense' })
        assert.equal(answer.refused, 'bad_offer')
        assert.match(answer.say, /\w+ .*\.$/)
    })

    test('junk, cut STUN and a DTLS start without ICE get silence', async t => {
        const hello = readFileSync(
            new URL('../fuzz/seeds/dtls/client-hello', import.meta.url)).subarray(2)
        const stun = readFileSync(
            new URL('../fuzz/seeds/stun/rfc5769-request', import.meta.url))
        const socket = createSocket('udp4')
        let answers = 0
        const send = bytes => new Promise((resolve, reject) =>
            socket.send(bytes, scene.relay.port, address,
                error => error ? reject(error) : resolve()))

        t.after(() => socket.close())
        socket.on('message', () => answers++)
        await send(hello)
        for (let length = 1; length < stun.length; length++)
            await send(stun.subarray(0, length))
        await send(stun)
        for (let i = 0; i < 200; i++)
            await send(randomBytes(1 + 7 * i))
        // Whoever connects after it was heard after it.
        await scene.meet(t, 'chromium')
        assert.equal(answers, 0)
        assert.equal((await scene.control.do('ping')).ok, true)
    })
})
