// Records when a page in a call sends how large packets: two Chromiums with
// their fake cameras talk over the relay, and the kernel tells what arrived from
// one of them. Times and sizes only; no byte of a packet is kept.
//
//   tests/in-netns node tests/bench/relay/record.mjs tests/vector/chromium156-call.csv
//
// Needs tcpdump, root and the relay built.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pass } from 'node:timers/promises'
import { bothWays, Scene } from '../../relay/scene.mjs'

const settle = 20_000 // until the rate has found its level
const record = 10_000
const microphone = 111 // payload types that Chromium gives Opus and VP8
const camera = 96

/** The camera as our pages ask for it (web/src/shared/devices.ts). Runs in the
 * page. */
async function asOurPages() {
    const stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 30, max: 30 } },
    })
    await window.pc.getTransceivers()[1].sender.replaceTrack(stream.getVideoTracks()[0])
}

/** "1732290000.123456 IP 10.77.9.1.41000 > 10.77.9.1.3478: UDP, length 1100"
 * and then the first bytes as hexadecimal words. */
async function capture(port, forMs) {
    const child = spawn('tcpdump', ['-i', 'lo', '-n', '-tt', '-q', '-x', '-s', '48',
        `udp and dst port ${port}`], { stdio: ['ignore', 'pipe', 'ignore'] })
    const packets = []
    let last
    createInterface({ input: child.stdout }).on('line', line => {
        const head = line.match(/^(\d+\.\d+) IP \S+\.(\d+) > .* length (\d+)/)
        if (head) {
            last = { at: Math.round(Number(head[1]) * 1e6), from: head[2],
                bytes: Number(head[3]), words: '' }
            packets.push(last)
        } else if (last) {
            last.words += line.replace(/^\s*0x\w+:/, '').replaceAll(' ', '')
        }
    })
    await pass(forMs)
    child.kill('SIGINT')
    await once(child, 'close')
    return packets
}

/** 28 bytes of IP and UDP stand before; flags, then marker and payload type. */
function row(packet, start) {
    const second = Number.parseInt(packet.words.slice(58, 60), 16)
    const kind = { [microphone]: 'a', [camera]: 'v' }[second & 0x7f]
    return kind && [packet.at - start, kind, second >> 7, packet.bytes].join(',')
}

const scene = await Scene.start({}, 'chromium')
const undo = []
const visit = await scene.meet({ after: step => undo.push(step) }, 'chromium', 'chromium')
await visit.talk()
for (const { page } of visit.people)
    await page.evaluate(asOurPages)
await pass(settle)
const packets = await capture(scene.relay.port, record)
const ports = new Map()
for (const { from, bytes } of packets)
    ports.set(from, (ports.get(from) ?? 0) + bytes)
const [loudest] = [...ports].sort((a, b) => b[1] - a[1])[0]
const rows = packets.filter(({ from }) => from === loudest)
    .map(packet => row(packet, packets[0].at)).filter(Boolean)
for (const step of undo)
    await step()
await scene.stop()
writeFileSync(process.argv[2], `us,kind,marker,bytes\n${rows.join('\n')}\n`)
console.log(`${rows.length} packets`)
