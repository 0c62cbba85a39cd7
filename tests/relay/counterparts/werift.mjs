// werift: ICE, DTLS, SRTP and RTP in TypeScript. It has no codecs: GStreamer
// encodes and decodes for it, RTP packets coming and going through pipes
// (RFC 4571: each after its length).
import { spawn } from 'node:child_process'
import {
    MediaStreamTrack, RTCPeerConnection, useAbsSendTime, useNACK, useOPUS, usePLI,
    useREMB, useSdesMid, useVP8,
} from 'werift'
import { sections, serve } from './lines.mjs'
import { Ear } from './tone.mjs'

const RATE = 48000
/** Bytes of what is decoded at a time: ten milliseconds of 16-bit samples; a
 * picture, made small and grey. */
const UNIT = { audio: 2 * RATE / 100, video: 16 * 16 }
const pc = new RTCPeerConnection({
    bundlePolicy: 'max-bundle',
    iceUseIpv6: false,
    codecs: {
        audio: [useOPUS()],
        video: [useVP8({ rtcpFeedback: [useNACK(), usePLI(), useREMB()] })],
    },
    headerExtensions: { audio: [useSdesMid()], video: [useSdesMid(), useAbsSendTime()] },
})
const received = sections.map(() => ({ packets: 0, units: 0, ear: new Ear() }))
let sent = 0

const gst = pipeline => spawn('gst-launch-1.0', ['-q', ...pipeline.split(' ')],
    { stdio: ['pipe', 'pipe', 'inherit'] })

/** The packets of a stream that is made by `rtpstreampay`. */
async function* packets(stream) {
    let rest = Buffer.alloc(0)

    for await (const bytes of stream) {
        rest = Buffer.concat([rest, bytes])
        while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE()) {
            const end = 2 + rest.readUInt16BE()
            yield rest.subarray(2, end)
            rest = rest.subarray(end)
        }
    }
}

/** Gives the packets that come for a section to a decoder. */
function decode(index, { stdin, stdout }, track) {
    const counter = received[index]

    track.onReceiveRtp.subscribe(packet => {
        const bytes = packet.serialize()
        const length = Buffer.alloc(2)

        counter.packets++
        length.writeUInt16BE(bytes.length)
        stdin.write(Buffer.concat([length, bytes]))
    })
    stdout.on('readable', () => {
        for (let bytes; (bytes = stdout.read(UNIT[track.kind])) !== null;) {
            counter.units++
            if (track.kind === 'audio')
                counter.ear.hear(new Int16Array(Uint8Array.from(bytes).buffer), RATE)
        }
    })
}

const caps = { audio: 'OPUS,clock-rate=48000,payload=96', video: 'VP8,clock-rate=90000,payload=97' }
const decoders = {
    audio: 'rtpopusdepay ! opusdec ! audioconvert ! audioresample ' +
        `! audio/x-raw,format=S16LE,channels=1,rate=${RATE}`,
    video: 'rtpvp8depay ! vp8dec ! videoconvert ! videoscale ' +
        '! video/x-raw,format=GRAY8,width=16,height=16',
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

/** After a restart werift 0.24 waits to be checked: RTCPeerConnection.connect()
 * does not start ICE while DTLS is connected. The relay is ICE-lite and checks
 * nobody, so nothing would be nominated, and nothing sent. */
async function checkAnew() {
    await Promise.all(pc.iceTransports.map(transport => transport.start()))
}

let decoding = false
async function take({ answer }) {
    await pc.setRemoteDescription({ type: 'answer', sdp: answer })
    if (decoding)
        return checkAnew()
    decoding = true
    for (const [index, [kind, direction]] of sections.entries())
        if (direction === 'recvonly' && index < 6) {
            const decoder = gst('fdsrc fd=0 ! application/x-rtp-stream,media=' +
                `${kind},encoding-name=${caps[kind]} ! rtpstreamdepay ! ` +
                `${decoders[kind]} ! fdsink fd=1 sync=false`)
            decode(index, decoder, pc.getTransceivers()[index].receiver.track)
        }
}

async function pump(index, pipeline) {
    const track = new MediaStreamTrack({ kind: sections[index][0] })

    await pc.getTransceivers()[index].sender.replaceTrack(track)
    for await (const packet of packets(gst(pipeline).stdout)) {
        track.writeRtp(packet)
        sent++
    }
}

function send({ tone }) {
    void pump(0, `audiotestsrc is-live=true volume=0.25 freq=${tone} ` +
        `! audio/x-raw,rate=${RATE},channels=1 ! opusenc ! rtpopuspay pt=96 ` +
        '! rtpstreampay ! fdsink fd=1')
    void pump(1, 'videotestsrc is-live=true pattern=ball ' +
        '! video/x-raw,width=320,height=240,framerate=20/1 ' +
        '! vp8enc deadline=1 keyframe-max-dist=40 target-bitrate=300000 ' +
        '! rtpvp8pay pt=97 mtu=1100 picture-id-mode=15-bit ! rtpstreampay ! fdsink fd=1')
}

function counters() {
    return {
        sent,
        received: received.map(({ packets: count, units, ear }, index) => ({
            packets: count, energy: ear.energy, tone: ear.tone,
            frames: sections[index][0] === 'video' ? units : 0,
        })),
    }
}

await serve({ open, restart, take, send, counters })
