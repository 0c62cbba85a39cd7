// A TURN client (RFC 8656) over TLS, as much of it as shows what a server lets
// through: allocations, permissions, channels, data both ways. Written from the
// RFC, so that nothing of coturn's own stands on both sides.
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { connect } from 'node:tls'

const COOKIE = 0x2112a442
const METHODS = { allocate: 3, refresh: 4, permit: 8, bind: 9 }
const SEND = 0x16, DATA = 0x17
const attribute = {
    username: 0x06, integrity: 0x08, error: 0x09, channel: 0x0c, peer: 0x12,
    data: 0x13, realm: 0x14, nonce: 0x15, relayed: 0x16, family: 0x17, transport: 0x19,
}

/** The 16 bytes of an IPv6 address, whose last part may be written as IPv4. */
function ipv6Bytes(text) {
    const four = text.match(/^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/)
    const plain = four
        ? four[1] + [[2, 3], [4, 5]].map(([a, b]) =>
            (Number(four[a]) * 256 + Number(four[b])).toString(16)).join(':')
        : text
    const [head, tail] = plain.split('::').map(part => part.split(':').filter(Boolean))
    const missing = tail ? Array(8 - head.length - tail.length).fill('0') : []
    const bytes = Buffer.alloc(16)
    for (const [i, group] of [...head, ...missing, ...(tail ?? [])].entries())
        bytes.writeUInt16BE(parseInt(group, 16), 2 * i)
    return bytes
}

function xored(bytes, transaction) {
    const mask = Buffer.alloc(16)
    mask.writeUInt32BE(COOKIE)
    transaction.copy(mask, 4)
    return Buffer.from(bytes.map((byte, i) => byte ^ mask[i]))
}

function xorAddress(host, port, transaction) {
    const bytes = isIPv4(host) ? Buffer.from(host.split('.').map(Number)) : ipv6Bytes(host)
    const head = Buffer.from([0, isIPv4(host) ? 1 : 2, 0, 0])
    head.writeUInt16BE(port ^ (COOKIE >>> 16), 2)
    return Buffer.concat([head, xored(bytes, transaction)])
}

function encode(type, transaction, attributes, key) {
    const parts = attributes.map(([kind, value]) => {
        const bytes = Buffer.from(value)
        const head = Buffer.alloc(4)
        head.writeUInt16BE(kind)
        head.writeUInt16BE(bytes.length, 2)
        return Buffer.concat([head, bytes, Buffer.alloc(-bytes.length & 3)])
    })
    const body = Buffer.concat(parts)
    const head = Buffer.alloc(20)
    head.writeUInt16BE(type)
    head.writeUInt16BE(body.length + (key ? 24 : 0), 2)
    head.writeUInt32BE(COOKIE, 4)
    transaction.copy(head, 8)
    const message = Buffer.concat([head, body])
    if (!key)
        return message
    const mac = createHmac('sha1', key).update(message).digest()
    return Buffer.concat([message, Buffer.from([0, attribute.integrity, 0, 20]), mac])
}

function decode(message) {
    const attributes = new Map()
    for (let at = 20; at + 4 <= message.length;) {
        const length = message.readUInt16BE(at + 2)
        attributes.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length))
        at += 4 + length + (-length & 3)
    }
    return { type: message.readUInt16BE(0), transaction: message.subarray(8, 20), attributes }
}

/** What `use-auth-secret` wants: a name that ends, and its HMAC. */
export function ticket(secret, validS = 600) {
    const username = `${Math.floor(Date.now() / 1000) + validS}:test`
    return { username, password: createHmac('sha1', secret).update(username).digest('base64') }
}

export class TurnClient {
    waiting = new Map()
    data = []
    held = Buffer.alloc(0)

    static async connect({ host, port, servername, ca }) {
        const client = new TurnClient()
        client.line = connect({ host, port, servername, ca })
        await once(client.line, 'secureConnect')
        client.line.on('data', bytes => client.take(bytes))
        client.line.on('error', () => {})
        client.line.on('close', () => {
            for (const resolve of client.waiting.values())
                resolve({ closed: true })
        })
        return client
    }

    take(bytes) {
        this.held = Buffer.concat([this.held, bytes])
        for (;;) {
            if (this.held.length < 4)
                return
            const channel = this.held[0] >= 0x40
            const length = this.held.readUInt16BE(2)
            const whole = channel ? 4 + length + (-length & 3) : 20 + length
            if (this.held.length < whole)
                return
            const message = this.held.subarray(0, whole)
            this.held = this.held.subarray(whole)
            if (channel)
                this.data.push(message.subarray(4, 4 + length).toString())
            else
                this.message(decode(message))
        }
    }

    message(message) {
        if (message.type === DATA)
            this.data.push(message.attributes.get(attribute.data).toString())
        const key = message.transaction.toString('hex')
        this.waiting.get(key)?.(message)
        this.waiting.delete(key)
    }

    /** The error code, or 0. */
    async ask(method, build) {
        const transaction = randomBytes(12)
        const attributes = build(transaction)
        if (this.key)
            attributes.push([attribute.username, this.ticket.username],
                [attribute.realm, this.realm], [attribute.nonce, this.nonce])
        const answer = new Promise(resolve =>
            this.waiting.set(transaction.toString('hex'), resolve))
        this.line.write(encode(METHODS[method], transaction, attributes, this.key))
        const { closed, type, attributes: got } = await answer
        if (closed)
            return -1
        if ((type & 0x110) === 0x100)
            return 0
        const error = got.get(attribute.error)
        this.realm = got.get(attribute.realm)?.toString() ?? this.realm
        this.nonce = got.get(attribute.nonce) ?? this.nonce
        return error[2] * 100 + error[3]
    }

    /** Allocates with these credentials; 0, or why not. */
    async allocate({ username, password }, family = 1) {
        const build = () => [[attribute.transport, [17, 0, 0, 0]],
            [attribute.family, [family, 0, 0, 0]]]
        const challenge = await this.ask('allocate', build)
        if (challenge !== 401)
            throw new Error(`no challenge but ${challenge}`)
        this.ticket = { username, password }
        this.key = createHash('md5').update(`${username}:${this.realm}:${password}`).digest()
        return this.ask('allocate', build)
    }

    permit(host) {
        return this.ask('permit', transaction =>
            [[attribute.peer, xorAddress(host, 0, transaction)]])
    }

    bind(channel, host, port) {
        return this.ask('bind', transaction => [
            [attribute.channel, [channel >> 8, channel & 255, 0, 0]],
            [attribute.peer, xorAddress(host, port, transaction)],
        ])
    }

    /** By a Send indication, which is answered by nothing. */
    send(host, port, text) {
        const transaction = randomBytes(12)
        this.line.write(encode(SEND, transaction, [
            [attribute.peer, xorAddress(host, port, transaction)],
            [attribute.data, text],
        ]))
    }

    sendOn(channel, text) {
        const head = Buffer.alloc(4)
        head.writeUInt16BE(channel)
        head.writeUInt16BE(text.length, 2)
        this.line.write(Buffer.concat([head, Buffer.from(text), Buffer.alloc(-text.length & 3)]))
    }

    close() {
        this.line.destroy()
    }
}
