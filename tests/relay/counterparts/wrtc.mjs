// @roamhq/wrtc: libwebrtc of 2022 (M106), outside any browser.
import wrtc from '@roamhq/wrtc'
import { sections, sectionsOfSources, serve } from './lines.mjs'
import { Ear, Whistle } from './tone.mjs'

const { RTCAudioSink, RTCAudioSource, RTCVideoSink, RTCVideoSource } = wrtc.nonstandard
const RATE = 48000
const WIDTH = 320, HEIGHT = 240

const pc = new wrtc.RTCPeerConnection({ bundlePolicy: 'max-bundle' })
const decoded = sections.map(() => ({ frames: 0, ear: new Ear() }))
let ours

function watch({ track }, counter) {
    if (track.kind === 'video')
        new RTCVideoSink(track).onframe = () => counter.frames++
    else
        new RTCAudioSink(track).ondata = ({ samples, sampleRate }) =>
            counter.ear.hear(samples, sampleRate)
}

async function open() {
    for (const [kind, direction] of sections)
        pc.addTransceiver(kind, { direction })
    await pc.setLocalDescription(await pc.createOffer())
    return { offer: pc.localDescription.sdp }
}

async function restart() {
    pc.restartIce()
    await pc.setLocalDescription(await pc.createOffer())
    return { offer: pc.localDescription.sdp }
}

async function take({ answer }) {
    const again = ours !== undefined

    ours = sectionsOfSources(answer)
    await pc.setRemoteDescription({ type: 'answer', sdp: answer })
    if (again)
        return
    pc.getTransceivers().forEach((transceiver, index) => {
        if (sections[index][1] === 'recvonly')
            watch(transceiver.receiver, decoded[index])
    })
}

/** Ten milliseconds of sound as often as the clock wants them. */
function whistle(source, tone) {
    const sound = new Whistle(tone)
    const begin = performance.now()
    let given = 0

    setInterval(() => {
        for (; given < (performance.now() - begin) / 10; given++)
            source.onData({
                samples: sound.next(RATE / 100), sampleRate: RATE,
                bitsPerSample: 16, channelCount: 1, numberOfFrames: RATE / 100,
            })
    }, 10)
}

/** A grey that wanders, with an edge that moves across it. */
function paint(source) {
    const data = new Uint8ClampedArray(WIDTH * HEIGHT * 3 / 2).fill(128)
    let turn = 0

    setInterval(() => {
        turn += 5
        for (let y = 0; y < HEIGHT; y++)
            for (let x = 0; x < WIDTH; x++)
                data[y * WIDTH + x] = (x + turn) % WIDTH < WIDTH / 2 ? turn % 256 : 40
        source.onFrame({ width: WIDTH, height: HEIGHT, data })
    }, 50)
}

async function send({ tone }) {
    const [microphone, camera] = pc.getTransceivers()
    const sound = new RTCAudioSource(), picture = new RTCVideoSource()

    await microphone.sender.replaceTrack(sound.createTrack())
    await camera.sender.replaceTrack(picture.createTrack())
    whistle(sound, tone)
    paint(picture)
}

async function counters() {
    const received = decoded.map(({ frames, ear }) =>
        ({ packets: 0, frames, energy: ear.energy, tone: ear.tone }))
    let sent = 0

    for (const report of (await pc.getStats()).values()) {
        if (report.type === 'outbound-rtp')
            sent += report.packetsSent
        if (report.type === 'inbound-rtp' && ours.has(report.ssrc))
            received[ours.get(report.ssrc)].packets += report.packetsReceived
    }
    return { sent, received }
}

await serve({ open, restart, take, send, counters })
