// What the TURN server of deploy/proxy lets through: our relay and nothing else.
// The real coturn behind the real HAProxy, a client of our own. Run inside
// tests/in-netns.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { address } from './relay.mjs'
import { HOUSE, TURN, missing, openPort443 } from './port443.mjs'
import { ticket, TurnClient } from './turn_client.mjs'

const SIX = 'fd77:9::1'
const FORBIDDEN = 403
let port443

before(async () => {
    if (missing())
        return
    execFileSync('ip', ['-6', 'addr', 'add', `${SIX}/64`, 'dev', 'v0', 'nodad'])
    port443 = await openPort443({ address, relayIps: [address, SIX] })
}, { timeout: 60_000 })
after(() => port443?.stop())

async function client(t, family, credentials) {
    const turn = await TurnClient.connect({
        host: '127.0.0.1', port: 443, servername: TURN, ca: port443.ca,
    })
    t.after(() => turn.close())
    const refused = await turn.allocate(credentials ?? ticket(port443.secret), family)
    return { turn, refused }
}

/** A peer that hears UDP there. */
async function peerAt(t, host) {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const heard = []
    socket.bind(0, host)
    await once(socket, 'listening')
    socket.on('message', (text, from) => {
        heard.push(text.toString())
        socket.send(`re ${text}`, from.port, from.address)
    })
    t.after(() => socket.close())
    return { heard, port: socket.address().port, once: () => once(socket, 'message') }
}

const four = [
    '127.0.0.1', '127.255.255.254', '0.0.0.0', '0.0.0.1', '10.0.0.1', '10.77.9.2',
    '100.64.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1', '198.51.100.7',
    '224.0.0.1', '239.1.1.1', '255.255.255.255', '8.8.8.8',
]
const six = [
    '::1', '::', '::ffff:127.0.0.1', '::ffff:0.0.0.0', '::ffff:10.77.9.2',
    '::ffff:169.254.169.254', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1',
    'fe80::1', 'fc00::1', SIX, 'ff02::1', '2001:db8::1', '2002:7f00:1::',
]

describe('the TURN server', { skip: missing(), timeout: 120_000 }, () => {
    test('takes only tickets of ours that have not ended', async t => {
        assert.equal((await client(t, 1)).refused, 0)
        assert.equal((await client(t, 1, ticket('another secret'))).refused, 401)
        assert.equal((await client(t, 1, ticket(port443.secret, -10))).refused, 401)
        const forged = ticket(port443.secret)
        forged.username = forged.username.replace(/^\d+/, end => Number(end) + 9999)
        assert.equal((await client(t, 1, forged)).refused, 401)
    })

    test('lets nobody reach anything but the relay', async t => {
        for (const [family, hosts] of [[1, four], [2, six]]) {
            const { turn, refused } = await client(t, family)
            assert.equal(refused, 0)
            for (const host of hosts) {
                assert.equal(await turn.permit(host), FORBIDDEN, `permission for ${host}`)
                assert.equal(await turn.bind(0x4001, host, 4000), FORBIDDEN, `channel to ${host}`)
            }
        }
    })

    test('carries packets to and from the relay, and to nobody beside it', async t => {
        const relay = await peerAt(t, address)
        const inside = await peerAt(t, '127.0.0.1')
        const { turn } = await client(t, 1)

        assert.equal(await turn.permit(address), 0)
        turn.send(address, relay.port, 'by permission')
        await relay.once()
        for (let i = 0; i < 20; i++)
            turn.send('127.0.0.1', inside.port, 'to the machine itself')
        assert.equal(await turn.bind(0x4000, address, relay.port), 0)
        turn.sendOn(0x4000, 'by channel')
        await relay.once()
        assert.deepEqual(relay.heard, ['by permission', 'by channel'])
        while (turn.data.length < 2)
            await once(turn.line, 'data')
        assert.deepEqual(turn.data, ['re by permission', 're by channel'])
        assert.deepEqual(inside.heard, [])
    })

    test('is not to be had under the other name', async () => {
        const line = connect({ host: '127.0.0.1', port: 443, servername: HOUSE, ca: port443.ca })
        await once(line, 'secureConnect')
        line.write('GET /v/secret-of-a-visit HTTP/1.1\r\nhost: x\r\n\r\n')
        const [answer] = await once(line, 'data')
        assert.match(answer.toString(), /^HTTP\/1\.1 503/) // no vestibule here
        line.destroy()
        assert.doesNotMatch(port443.said(), /secret-of-a-visit/)
    })
})
