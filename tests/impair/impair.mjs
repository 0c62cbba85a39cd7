// A UDP forwarder that is a bad line between pages and the relay: it stands where a
// NAT would, one socket towards the relay for each address of a page, and rewrites
// nothing. The page is sent through it by the port in its answer (`through`).
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chance, Line } from './line.mjs'

const BUFFER = 4 << 20

async function open(address, port = 0) {
    const socket = createSocket({ type: 'udp4' })
    socket.bind(port, address)
    await once(socket, 'listening')
    socket.setRecvBufferSize(BUFFER)
    socket.on('error', () => {})
    return socket
}

/** Datagrams that wait for their moment, in its order. */
class Waiting {
    #list = []
    #timer

    add(atMs, send) {
        let place = this.#list.length
        while (place > 0 && this.#list[place - 1].atMs > atMs)
            place -= 1
        this.#list.splice(place, 0, { atMs, send })
        if (place === 0)
            this.#arm()
    }

    stop() {
        clearTimeout(this.#timer)
        this.#list = []
    }

    #arm() {
        clearTimeout(this.#timer)
        if (this.#list.length > 0)
            this.#timer = setTimeout(() => this.#send(),
                Math.max(0, this.#list[0].atMs - performance.now()))
    }

    #send() {
        const nowMs = performance.now()
        let due = 0
        while (due < this.#list.length && this.#list[due].atMs <= nowMs)
            due += 1
        for (const { send } of this.#list.splice(0, due))
            send()
        this.#arm()
    }
}

export class Impair {
    /** Forwards what comes to a port of `address` to the target, and back. */
    static async start({ address, target, seed = 1 }) {
        const impair = new Impair()
        impair.target = target
        impair.address = address
        impair.socket = await open(address)
        impair.port = impair.socket.address().port
        impair.up = new Line(chance(seed)) // from the page to the relay
        impair.down = new Line(chance(seed + 1))
        impair.waiting = new Waiting()
        impair.ways = new Map() // the page's address -> our socket to the relay
        impair.opening = new Map()
        impair.socket.on('message', (bytes, from) => void impair.#fromPage(bytes, from))
        return impair
    }

    /** {up, down, both}: settings of line.mjs; the others stay as they are. */
    set({ up = {}, down = {}, both = {} }) {
        this.up.set({ ...both, ...up })
        this.down.set({ ...both, ...down })
    }

    /** The page has a new network: its packets come from elsewhere, and what is
     * sent to where it was reaches nobody. */
    move() {
        for (const way of this.ways.values())
            way.then(socket => socket.close())
        this.ways.clear()
    }

    /** An answer whose candidates lead through here. */
    through(sdp) {
        return sdp.replaceAll(/^(a=candidate:\S+ 1 udp \d+ )\S+ \d+/gm,
            `$1${this.address} ${this.port}`)
    }

    close() {
        this.waiting.stop()
        this.move()
        this.socket.close()
    }

    #way(from) {
        const key = `${from.address}:${from.port}`
        let way = this.ways.get(key)
        if (!way) {
            way = open(this.address).then(socket => {
                socket.on('message', bytes => this.#fromRelay(bytes, from))
                return socket
            })
            this.ways.set(key, way)
        }
        return way
    }

    async #fromPage(bytes, from) {
        const arrivals = this.up.offer(bytes.length, performance.now())
        if (arrivals.length === 0)
            return
        const way = await this.#way(from)
        for (const atMs of arrivals)
            this.waiting.add(atMs, () => this.#send(way, bytes, this.target))
    }

    #fromRelay(bytes, to) {
        for (const atMs of this.down.offer(bytes.length, performance.now()))
            this.waiting.add(atMs, () => this.#send(this.socket, bytes, to))
    }

    #send(socket, bytes, to) {
        try {
            socket.send(bytes, to.port, to.address, () => {})
        } catch {
            /* closed meanwhile, as a network is that one has left */
        }
    }
}
