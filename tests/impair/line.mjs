// One direction of a bad line, as a pure model: a packet of so many bytes at this
// moment arrives at these moments. Time and chance are passed in.

export const perfect = {
    loss: 0, // 0 to 1
    burst: 1, // mean length of a loss, in packets (Gilbert's model)
    delayMs: 0,
    jitterMs: 0, // evenly between nothing and this, added to the delay
    reorder: false, // jitter may let packets overtake each other
    kbps: Infinity,
    queueMs: 500, // what waits longer for its turn on the line is dropped
    duplicate: 0, // 0 to 1
}

/** IPv4 and UDP headers, which a real line carries too. */
const HEADERS = 28

/** A repeatable source of chance: numbers from 0 to 1 (mulberry32). */
export function chance(seed) {
    let state = seed >>> 0
    return () => {
        state = (state + 0x6d2b79f5) >>> 0
        let mixed = Math.imul(state ^ (state >>> 15), state | 1)
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    }
}

export class Line {
    constructor(random = Math.random) {
        this.random = random
        this.settings = { ...perfect }
        this.losing = false
        this.freeAtMs = 0 // when the line has carried what it holds
        this.lastMs = 0 // the newest arrival that was promised
        this.counts = { offered: 0, lost: 0, dropped: 0, duplicated: 0, delivered: 0 }
    }

    /** Changes some settings; what is under way arrives as promised. */
    set(settings) {
        for (const name of Object.keys(settings))
            if (!(name in perfect))
                throw new Error(`a line has no ${name}`)
        Object.assign(this.settings, settings)
    }

    /** Bytes of a datagram now -> the moments of its arrival; none: it is gone. */
    offer(bytes, nowMs) {
        this.counts.offered += 1
        if (this.#loses()) {
            this.counts.lost += 1
            return []
        }
        const sentMs = this.#queue(bytes, nowMs)
        if (sentMs === undefined) {
            this.counts.dropped += 1
            return []
        }
        const arrivals = [this.#arrival(sentMs)]
        if (this.random() < this.settings.duplicate) {
            arrivals.push(this.#arrival(sentMs))
            this.counts.duplicated += 1
        }
        this.counts.delivered += arrivals.length
        return arrivals
    }

    /** Two states: as many packets get lost as asked, in runs as long as asked. */
    #loses() {
        const { loss, burst } = this.settings
        const leave = 1 / Math.max(1, burst)
        if (loss <= 0) this.losing = false
        else if (loss >= 1) this.losing = true
        else if (burst <= 1) this.losing = this.random() < loss
        else if (this.losing) this.losing = this.random() >= leave
        else this.losing = this.random() < (leave * loss) / (1 - loss)
        return this.losing
    }

    #queue(bytes, nowMs) {
        const { kbps, queueMs } = this.settings
        if (kbps === Infinity) {
            this.freeAtMs = nowMs
            return nowMs
        }
        const startMs = Math.max(nowMs, this.freeAtMs)
        if (startMs - nowMs > queueMs)
            return undefined
        this.freeAtMs = startMs + ((bytes + HEADERS) * 8) / kbps
        return this.freeAtMs
    }

    #arrival(sentMs) {
        const { delayMs, jitterMs, reorder } = this.settings
        let at = sentMs + delayMs + this.random() * jitterMs
        if (!reorder)
            at = Math.max(at, this.lastMs)
        this.lastMs = Math.max(at, this.lastMs)
        return at
    }
}
