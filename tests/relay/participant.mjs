// One person's page: a bare RTCPeerConnection with the layout of
// docs/relay-control.md, joined to the relay through the control socket.
// Functions that run inside the page use nothing from here.
import { TONES, toneOf } from './counterparts/tone.mjs'

const HOUSE = 3
/** Transceivers of receiving slot pair 1 to 4. */
export const slot = number => ({ audio: 2 + 2 * number, video: 3 + 2 * number })

function openConnection(sendEncodings) {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    const add = (kind, direction) => pc.addTransceiver(kind, { direction })

    window.pc = pc
    // Chromium decodes sound only for an element that plays it.
    pc.ontrack = ({ track }) => {
        const element = document.createElement(track.kind)
        element.srcObject = new MediaStream([track])
        element.autoplay = true
        document.body.append(element)
    }
    add('audio', 'sendonly')
    pc.addTransceiver('video', {
        direction: 'sendonly', ...(sendEncodings && { sendEncodings }),
    })
    add('video', 'sendonly')
    add('audio', 'recvonly')
    for (let i = 0; i < 4; i++) {
        add('audio', 'recvonly')
        add('video', 'recvonly')
    }
    add('video', 'recvonly')
    return pc.setLocalDescription().then(() => pc.localDescription.sdp)
}

function restartIce() {
    window.pc.restartIce()
    return window.pc.setLocalDescription().then(() => window.pc.localDescription.sdp)
}

function takeAnswer(sdp) {
    return window.pc.setRemoteDescription({ type: 'answer', sdp })
}

/** Attaches camera and microphone, without asking anyone. */
async function attachDevices() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
    const [microphone, camera] = window.pc.getTransceivers()

    await microphone.sender.replaceTrack(stream.getAudioTracks()[0])
    await camera.sender.replaceTrack(stream.getVideoTracks()[0])
}

/** Attaches the camera, and a tone in place of the microphone; Firefox's fake
 * microphone is a tone already. */
async function attachTone(tone) {
    const audio = navigator.userAgent.includes('Firefox')
    const stream = await navigator.mediaDevices.getUserMedia({ audio, video: true })
    const [microphone, camera] = window.pc.getTransceivers()
    let [sound] = stream.getAudioTracks()

    if (!sound) {
        const context = new AudioContext()
        const oscillator = new OscillatorNode(context, { frequency: tone })
        const node = context.createMediaStreamDestination()

        oscillator.connect(node)
        oscillator.start()
        sound = node.stream.getAudioTracks()[0]
    }
    await microphone.sender.replaceTrack(sound)
    await camera.sender.replaceTrack(stream.getVideoTracks()[0])
}

/** Which of the tones a section plays, or 0: a short record of it, decoded. */
async function listen([index, tones]) {
    const { track } = window.pc.getTransceivers()[index].receiver
    const recorder = new MediaRecorder(new MediaStream([track]))
    const record = new Promise(resolve => { recorder.ondataavailable = resolve })

    recorder.start()
    await new Promise(resolve => setTimeout(resolve, 600))
    recorder.stop()
    const bytes = await (await record).data.arrayBuffer()
    const decoder = new OfflineAudioContext(1, 1, 48000)
    const sound = await decoder.decodeAudioData(bytes).catch(() => undefined)
    if (!sound)
        return 0 /* nothing came meanwhile */
    return window.toneOf(sound.getChannelData(0).slice(-9600), 48000, tones)
}

/** Something that moves, in place of a screen: headless browsers have none. */
function attachMovingCanvas() {
    const canvas = document.createElement('canvas')
    const context = canvas.getContext('2d')
    let turn = 0

    Object.assign(canvas, { width: 640, height: 360 })
    document.body.append(canvas)
    setInterval(() => {
        context.fillStyle = `hsl(${(turn += 7) % 360} 80% 50%)`
        context.fillRect(0, 0, 640, 360)
    }, 50)
    const [track] = canvas.captureStream(20).getVideoTracks()
    return window.pc.getTransceivers()[2].sender.replaceTrack(track)
}

/** What came in by transceiver, and how much went out. */
async function readCounters() {
    const counters = { sent: 0, received: [] }
    for (const transceiver of window.pc.getTransceivers()) {
        const sums = { packets: 0, frames: 0, energy: 0 }
        for (const report of (await transceiver.receiver.getStats()).values()) {
            if (report.type !== 'inbound-rtp')
                continue
            sums.packets += report.packetsReceived ?? 0
            sums.frames += report.framesDecoded ?? 0
            sums.energy += report.totalAudioEnergy ?? 0
        }
        counters.received.push(sums)
        for (const report of (await transceiver.sender.getStats()).values())
            if (report.type === 'outbound-rtp')
                counters.sent += report.packetsSent ?? 0
    }
    return counters
}

export class Participant {
    /** line: the Impair through which the page reaches the relay, if any;
     * encodings: of its camera, when it has several. */
    constructor(page, control, place, peer, { line, encodings } = {}) {
        Object.assign(this, { page, control, place, peer, line, encodings })
    }

    open() {
        return this.page.evaluate(openConnection, this.encodings)
    }

    take(answer) {
        return this.page.evaluate(takeAnswer, answer)
    }

    async join() {
        await this.exchange(await this.open())
        await this.control.event(event =>
            event.event === 'connected' && event.peer === this.peer)
    }

    async restart() {
        await this.exchange(await this.page.evaluate(restartIce))
    }

    async exchange(offer) {
        this.offers = [...this.offers ?? [], offer]
        const { answer } = await this.control.do('join',
            { place: this.place, peer: this.peer, offer })
        const leads = this.line?.through(answer) ?? answer
        await this.take(this.change?.(leads) ?? leads)
    }

    attach() {
        return this.page.evaluate(attachDevices)
    }

    send(tone) {
        return this.page.evaluate(attachTone, tone)
    }

    attachScreen() {
        return this.page.evaluate(attachMovingCanvas)
    }

    counters() {
        return this.page.evaluate(readCounters)
    }

    /** Polls the page's own figures until they fit; the last ones if never. */
    async until(fits, ms = 15_000) {
        const end = Date.now() + ms
        for (;;) {
            const counters = await this.counters()
            if (fits(counters))
                return counters
            if (Date.now() > end)
                throw new Error(`not within ${ms} ms: ${JSON.stringify(counters)}`)
            await new Promise(resolve => setTimeout(resolve, 50))
        }
    }

    /** Until it has sent so many packets more: time measured in media. */
    async untilSent(more) {
        const { sent } = await this.counters()
        return this.until(counters => counters.sent >= sent + more)
    }

    hearsAndSees(number) {
        const { audio, video } = slot(number)
        return this.until(({ received }) =>
            received[audio].energy > 0 && received[video].frames > 5)
    }

    /** So much more sound than now; a busy machine is a narrow line, which may
     * have no pictures. */
    async hearsMore(number, more) {
        const { audio } = slot(number)
        const { energy } = (await this.counters()).received[audio]
        return this.until(({ received }) => received[audio].energy >= energy + more)
    }

    /** So many pictures more than now. */
    async seesMore(number, more, ms) {
        const { video } = slot(number)
        const { frames } = (await this.counters()).received[video]
        return this.until(({ received }) => received[video].frames >= frames + more, ms)
    }

    /** Until slot pair 1 has pictures, and a sound that is just this tone. */
    async hearsToneAndSees(tone, ms = 15_000) {
        const { audio } = slot(1)
        const end = Date.now() + ms
        let heard

        await this.hearsAndSees(1)
        await this.page.evaluate(`window.toneOf = ${toneOf}`)
        while ((heard = await this.page.evaluate(listen, [audio, TONES])) !== tone) {
            if (Date.now() > end)
                throw new Error(`heard ${heard} Hz in place of ${tone}`)
            await new Promise(resolve => setTimeout(resolve, 50))
        }
    }

    close() {
        return this.page.close()
    }

    hearsTheHouse() {
        return this.until(({ received }) => received[HOUSE].energy > 0)
    }
}

/** Packets from people: everything but the house. */
export function fromPeople({ received }) {
    return received.reduce((sum, slot_, index) =>
        index === HOUSE ? sum : sum + slot_.packets, 0)
}
