// A person whose end is a program that we did not write a browser around:
// tests/relay/counterparts, each steered by the lines that lines.mjs describes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Participant, slot } from './participant.mjs'

/** By name: the command that runs the program. Debian's modules of Python are
 * for Debian's Python. */
const programs = {
    aiortc: ['/usr/bin/python3', '-B', 'aiortc_peer.py'],
    webrtcbin: ['/usr/bin/python3', '-B', 'webrtcbin_peer.py'],
    werift: [process.execPath, 'werift.mjs'],
    wrtc: [process.execPath, 'wrtc.mjs'],
}

/** aiortc 1.4 and webrtcbin 1.22 have no way to restart ICE. */
export const canRestart = name => name === 'wrtc' || name === 'werift'

export const isProgram = name => name in programs

export class Program extends Participant {
    waiting = []
    said = ''

    constructor(name, control, place, peer, line) {
        super(undefined, control, place, peer, line)
        const cwd = fileURLToPath(new URL('counterparts', import.meta.url))
        const [command, ...rest] = programs[name]

        this.child = spawn(command, rest, { cwd })
        this.ended = once(this.child, 'close').then(([code, signal]) => {
            for (const { reject } of this.waiting.splice(0))
                reject(new Error(`${name} ended: ${code ?? signal}\n${this.said}`))
        })
        this.child.stderr.on('data', text => { this.said += text })
        createInterface({ input: this.child.stdout }).on('line', line => {
            const { failed, ...answer } = JSON.parse(line)
            const { resolve, reject } = this.waiting.shift()

            if (failed)
                reject(new Error(`${name}: ${failed}`))
            else
                resolve(answer)
        })
    }

    ask(verb, fields) {
        return new Promise((resolve, reject) => {
            this.waiting.push({ resolve, reject })
            this.child.stdin.write(`${JSON.stringify({ do: verb, ...fields })}\n`)
        })
    }

    async open() {
        return (await this.ask('open')).offer
    }

    take(answer) {
        return this.ask('take', { answer })
    }

    async restart() {
        const { offer } = await this.ask('restart')
        await this.exchange(offer)
    }

    send(tone) {
        return this.ask('send', { tone })
    }

    counters() {
        return this.ask('counters')
    }

    hearsToneAndSees(tone) {
        const { audio, video } = slot(1)
        return this.until(({ received }) =>
            received[audio].tone === tone && received[video].frames > 5)
    }

    async close() {
        const late = setTimeout(() => this.child.kill('SIGKILL'), 5_000)

        this.child.stdin.end()
        await this.ended
        clearTimeout(late)
    }
}
