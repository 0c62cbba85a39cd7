// What a person notices of a call, measured inside the page: how long sound was
// away, how many pictures came. Functions that run in the page use nothing else.

/** A voice that never pauses, so that each silence is the line's. */
export async function speakWithoutPause() {
    const context = new AudioContext()
    const tone = context.createOscillator()
    const microphone = context.createMediaStreamDestination()
    tone.frequency.value = 330
    tone.connect(microphone)
    tone.start()
    await window.pc.getTransceivers()[0].sender.replaceTrack(
        microphone.stream.getAudioTracks()[0])
}

/** Pictures that this page's camera has sent so far. */
export const shown = () => window.pc.getTransceivers()[1].sender.getStats().then(report => {
    let sum = 0
    for (const one of report.values())
        if (one.type === 'outbound-rtp')
            sum += one.framesSent ?? one.framesEncoded ?? 0
    return sum
})

/** Begins to look at the receivers of these two transceivers. */
function watchReceivers([audio, video]) {
    const watch = { samples: [] }
    const of = async index => {
        const { receiver } = window.pc.getTransceivers()[index]
        for (const report of (await receiver.getStats()).values())
            if (report.type === 'inbound-rtp')
                return report
        return {}
    }
    const look = async () => {
        const [sound, picture] = [await of(audio), await of(video)]
        if (sound.totalSamplesDuration !== undefined)
            watch.samples.push({
                at: performance.now() / 1000,
                heard: sound.totalSamplesDuration,
                energy: sound.totalAudioEnergy,
                frames: picture.framesDecoded ?? 0,
            })
    }
    clearInterval(window.watch?.timer)
    watch.timer = setInterval(look, 100)
    window.watch = watch
}

const readWatch = () => window.watch.samples

/** Since then: the longest silence in seconds of sound, and how many pictures. */
export function noticed(samples) {
    const spans = samples.slice(1).map((now, i) => ({
        seconds: now.heard - samples[i].heard,
        energy: now.energy - samples[i].energy,
    }))
    const loud = spans.filter(span => span.seconds > 0)
        .map(span => span.energy / span.seconds).sort((a, b) => a - b)
    const usual = loud[Math.floor(loud.length * 0.8)] ?? 0
    let silence = 0
    let longest = 0
    for (const { seconds, energy } of spans) {
        silence = energy < usual * seconds * 0.05 ? silence + seconds : 0
        longest = Math.max(longest, silence)
    }
    const [first, last] = [samples[0], samples.at(-1)]
    return {
        silence: longest,
        frames: last.frames - first.frames,
        seconds: last.at - first.at,
    }
}

export class Watch {
    /** Of what this person hears and sees of another in a receiving slot. */
    static async begin(person, { audio, video }, other) {
        const watch = new Watch()
        Object.assign(watch, { person, other })
        await person.page.evaluate(watchReceivers, [audio, video])
        return watch
    }

    /** What was noticed in the next so many seconds. */
    during(seconds) {
        return this.#until(async samples => {
            while (samples.length < 2 || samples.at(-1).at - samples[0].at < seconds) {
                await new Promise(resolve => setTimeout(resolve, 100))
                samples = await this.#since(samples[0])
            }
        })
    }

    /** What was noticed while that went on. */
    while(promise) {
        return this.#until(() => promise)
    }

    /** share: of the pictures that the other's camera sent meanwhile; a busy
     * machine makes fewer, and that is not the line's fault. */
    async #until(end) {
        const sent = await this.other.page.evaluate(shown)
        const before = await this.#samples()
        await end(before.slice(-1))
        const result = noticed(await this.#since(before.at(-1)))
        result.share = result.frames / Math.max(1, await this.other.page.evaluate(shown) - sent)
        return result
    }

    async #since(first) {
        const samples = await this.#samples()
        return first ? samples.filter(one => one.at >= first.at) : samples
    }

    #samples() {
        return this.person.page.evaluate(readWatch)
    }
}

/** How far sound and picture of slot 1 are apart, in ms: when what is played
 * now was recorded, by the page's own reckoning (Chromium). */
export const apart = () => window.pc.getStats().then(report => {
    const at = {}
    for (const one of report.values())
        if (one.type === 'inbound-rtp' && one.estimatedPlayoutTimestamp > 0)
            at[one.kind] = one.estimatedPlayoutTimestamp
    return Math.abs(at.audio - at.video)
})

/** Packets that carried a repair for the one before. */
export const repaired = () => window.pc.getStats().then(report => {
    let sum = 0
    for (const one of report.values())
        if (one.type === 'inbound-rtp' && one.kind === 'audio')
            sum += one.fecPacketsReceived ?? 0
    return sum
})
