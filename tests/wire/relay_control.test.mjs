// The relay's control line between machines: who is let in, what it says of
// itself, and how it ends (docs/relay-control.md).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pass } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { Control, freePort, program, Relay } from '../relay/relay.mjs'

const at = '127.0.0.1'
const offer = readFileSync(new URL('../vector/aiortc140-offer.sdp', import.meta.url), 'utf8')
const join = (control, place, peer) => control.ask('join', { place, peer, offer })

/** Everything that the far end says until it ends. */
async function heard(socket) {
    const parts = []
    socket.on('data', part => parts.push(part))
    socket.on('error', () => {})
    await new Promise(resolve => socket.on('close', resolve))
    return Buffer.concat(parts).toString()
}

describe('a relay on another machine', { timeout: 240_000 }, () => {
    let relay, silent
    before(async () => {
        relay = await Relay.start({
            at, tls: 'only', port: await freePort(), workers: 2, more: ['--name', 'one.example'],
        })
        relay.certificates.expired('late', 'clientAuth').authority('other')
            .sign('stranger', 'clientAuth', 'other')
        silent = connectTls({ host: at, port: relay.tlsPort, ...relay.certificates.client('node') })
        silent.ended = heard(silent).then(() => performance.now())
        await once(silent, 'secureConnect')
        silent.began = performance.now()
    })
    after(async () => {
        assert.equal(await relay?.stop(), 0, relay?.log.join('\n'))
    })
    const knock = options => connectTls({ host: at, port: relay.tlsPort, ...options })

    test('says who it is, and how busy', async t => {
        const control = await Control.connectTls(relay)
        const [hello] = control.events
        assert.equal(control.socket.getProtocol(), 'TLSv1.3')
        assert.equal(hello.name, 'one.example')
        assert.match(hello.release, /^\d+\.\d+\.\d+$/)
        assert.equal(hello.draining, false)
        assert.equal(hello.workers, 2)
        await pass(1100)
        const pong = await control.do('ping')
        assert.equal(pong.draining, false)
        assert.ok(pong.load >= 0 && pong.load < 1, `${pong.load}`)

        // Noise for one of its workers, until it is seen.
        const socket = createSocket('udp4')
        const noise = setInterval(() => {
            for (let i = 0; i < 200; i++)
                socket.send(Buffer.alloc(1000, 0x90), relay.port, at)
        }, 5)
        t.after(() => { clearInterval(noise); socket.close() })
        const end = performance.now() + 20_000
        for (let load = 0; load <= pong.load + 0.01; { load } = await control.do('ping')) {
            assert.ok(performance.now() < end, `${load} as before`)
            await pass(1100)
        }
        control.close()
    })

    test('carries long lines both ways', async () => {
        const control = await Control.connectTls(relay)
        assert.ok((await join(control, 'p', 'q')).answer.startsWith('v=0'))
        const long = await control.ask('join', { place: 'p', peer: 'r', offer: 'v'.repeat(150_000) })
        assert.equal(long.refused, 'bad_offer')
        const answers = await Promise.all(Array.from({ length: 300 }, () => control.ask('rooms')))
        assert.ok(answers.every(answer => answer.peers.length === 1))
        await control.do('leave', { peer: 'q' })
        control.close()
    })

    test('tells nothing to whom our authority did not let in', async () => {
        const { certificates } = relay
        const { ca, checkServerIdentity } = certificates.client('node')
        const tries = {
            'no certificate': { ca, checkServerIdentity },
            'another authority': { ...certificates.client('stranger'), ca },
            'an expired certificate': certificates.client('late'),
            'a relay’s certificate': certificates.client('relay'),
            'TLS 1.2': { ...certificates.client('node'), maxVersion: 'TLSv1.2' },
        }
        for (const [name, options] of Object.entries(tries))
            assert.equal(await heard(knock(options)), '', name)
        for (const words of ['{"id":1,"do":"ping"}\n', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff']) {
            const plain = createConnection(relay.tlsPort, at)
            plain.end(words)
            assert.doesNotMatch(await heard(plain), /hello|event/, words)
        }
        const reasons = relay.log.filter(line => line.includes('handshake failed')).join('\n')
        for (const reason of ['did not return a certificate', 'unable to get local issuer',
            'certificate has expired', 'unsuitable certificate purpose', 'unsupported protocol'])
            assert.ok(reasons.includes(reason), reasons)
        const control = await Control.connectTls(relay)
        await control.do('ping')
        control.close()
    })

    test('closes handshakes that never end, and holds few of them', async () => {
        const began = performance.now()
        const ends = Array.from({ length: 40 }, () => {
            const half = createConnection({ port: relay.tlsPort, host: at, localAddress: '127.0.0.9' })
            half.on('connect', () => half.write('\x16\x03'))
            return heard(half).then(() => performance.now() - began)
        })
        const fast = await Promise.race([Promise.all(ends), pass(2500)])
        assert.equal(fast, undefined, 'some are still waited for')
        const control = await Control.connectTls(relay) // from another address
        await control.do('ping')
        control.close()
        const times = (await Promise.all(ends)).sort((a, b) => a - b)
        const late = times.filter(time => time > 4500)
        assert.ok(late.length >= 1 && late.length <= 4, `${late.length} were held`)
        assert.ok(times.at(-1) < 40_000, `${times.at(-1)} ms`)
    })

    test('opens nothing without the right files', async () => {
        const { certificates: own } = relay
        const words = (certificate, key, authority) => [
            '--control', `tls:${at}:1`, '--certificate', certificate, '--key', key, '--authority', authority]
        const tries = [
            [words(own.path('relay'), own.path('node', 'key'), own.path('authority')), /The key .* cannot be used/],
            [words('/nowhere', own.path('relay', 'key'), own.path('authority')), /No such file/],
            [words(own.path('node'), own.path('node', 'key'), own.path('authority')), /would be refused/],
            [words(own.path('late'), own.path('late', 'key'), own.path('authority')), /would be refused/],
            [words(own.path('relay'), own.path('relay', 'key'), own.path('other')), /would be refused/],
            [['--control', `tls:${at}:1`], /needs --certificate, --key and --authority/],
            [['--control', '/tmp/x', '--key', 'k'], /belong to --control tls/],
            [['--control', 'tls:host:1'], /must be a path or tls:ADDRESS:PORT/],
            [['--control', '/tmp/x', '--name', 'a b'], /--name must be/],
        ]
        await Promise.all(tries.map(async ([more, sentence]) => {
            const child = spawn(program(true), ['--listen', `${at}:${await freePort()}`, ...more],
                { stdio: ['ignore', 'ignore', 'pipe'] })
            let said = ''
            child.stderr.on('data', part => said += part)
            const [code] = await once(child, 'close')
            assert.ok(code > 0, more.join(' '))
            assert.match(said, sentence)
        }))
    })

    test('closes who says nothing for fifteen seconds', async () => {
        const lasted = await silent.ended - silent.began
        assert.ok(lasted > 14_000 && lasted < 90_000, `${lasted} ms`)
    })
})

describe('a relay that ends', { timeout: 240_000 }, () => {
    /** Started with so many seconds, a connection, and the peer q at the place p. */
    async function scene(t, ...more) {
        const relay = await Relay.start({ at, port: await freePort(), workers: 2, more })
        t.after(() => relay.stop())
        const control = await Control.connect(relay.path)
        return { relay, control }
    }
    const term = ({ relay }) => relay.child.kill('SIGTERM')
    const began = performance.now.bind(performance)

    test('waits for those in a visit, and takes nobody else', async t => {
        const { relay, control } = await scene(t, '--drain', '60')
        assert.ok((await join(control, 'p', 'q')).answer)
        term({ relay })
        await control.event(event => event.event === 'draining')
        const other = await Control.connect(relay.path)
        assert.equal(other.events[0].draining, true)
        assert.equal((await control.do('ping')).draining, true)
        const refused = await join(other, 'elsewhere', 'x')
        assert.equal(refused.refused, 'draining')
        assert.ok((await join(other, 'p', 'second')).answer, 'who belongs to the visit comes in')
        assert.ok((await join(control, 'p', 'q')).answer, 'and comes again')
        await control.do('route', {
            place: 'p', room: 'r', order: 1, seq: 1, routes: [{ from: 'q', to: 'second', slot: 1 }],
        })
        await control.do('leave', { peer: 'q' })
        await pass(300)
        assert.equal(relay.child.exitCode, null, 'one is still there')
        await control.do('leave', { peer: 'second' })
        assert.deepEqual(await relay.ended, [0, null])
    })

    test('does not wait when nobody is there', async t => {
        const { relay, control } = await scene(t, '--drain', '60')
        const since = began()
        term({ relay })
        await control.event(event => event.event === 'draining')
        assert.deepEqual(await relay.ended, [0, null])
        assert.ok(began() - since < 30_000)
    })

    test('waits no longer than it was told', async t => {
        const { relay, control } = await scene(t, '--drain', '2')
        await join(control, 'p', 'q')
        const since = began()
        term({ relay })
        assert.deepEqual(await relay.ended, [0, null])
        const lasted = began() - since
        assert.ok(lasted >= 1900 && lasted < 45_000, `${lasted} ms`)
    })

    test('ends at once when asked twice', async t => {
        const { relay, control } = await scene(t, '--drain', '60')
        await join(control, 'p', 'q')
        term({ relay })
        await control.event(event => event.event === 'draining')
        const since = began()
        term({ relay })
        assert.deepEqual(await relay.ended, [0, null])
        assert.ok(began() - since < 30_000)
    })

    test('ends at once without --drain', async t => {
        const { relay, control } = await scene(t)
        await join(control, 'p', 'q')
        const since = began()
        term({ relay })
        assert.deepEqual(await relay.ended, [0, null])
        assert.ok(began() - since < 30_000)
        assert.ok(!control.events.some(event => event.event === 'draining'))
    })
})
