// Which of a few known tones a sound is. Pages run `toneOf` too, so it uses
// nothing from here.

/** The tones people send in tests: no one is another one's overtone. */
export const TONES = [440, 587, 784, 1047]

/** The one of the tones that has more than half of the sound's power, or 0. */
export function toneOf(samples, rate, tones) {
    let power = 0

    for (const sample of samples)
        power += sample * sample
    for (const tone of tones) {
        const turn = 2 * Math.PI * tone / rate
        let re = 0, im = 0

        for (let i = 0; i < samples.length; i++) {
            re += samples[i] * Math.cos(turn * i)
            im += samples[i] * Math.sin(turn * i)
        }
        if (2 * (re * re + im * im) / samples.length > power / 2 && power > 0)
            return tone
    }
    return 0
}

/** A tone to send, as 16-bit samples; it goes on where the last piece ended. */
export class Whistle {
    at = 0

    constructor(tone, rate = 48000) {
        Object.assign(this, { tone, rate })
    }

    next(count) {
        return Int16Array.from({ length: count }, () =>
            8000 * Math.sin(2 * Math.PI * this.tone * this.at++ / this.rate))
    }
}

/** Keeps the last fifth of a second of what was decoded, and its whole energy. */
export class Ear {
    energy = 0
    recent = []

    hear(samples, rate) {
        for (const sample of samples) {
            this.energy += (sample / 32768) ** 2 / rate
            this.recent.push(sample)
        }
        this.rate = rate
        this.recent.splice(0, this.recent.length - rate / 5)
    }

    get tone() {
        return toneOf(this.recent, this.rate, TONES)
    }
}
